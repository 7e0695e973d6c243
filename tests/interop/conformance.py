"""veraPDF's verdict on what we print, where somebody has it: ``make verapdf``, or

    python tests/interop/conformance.py [folder]

Writes a certificate of each design and kind, in both languages, by both lanes, sealed and unsealed, and has veraPDF judge each as
PDF/A-3a and as PDF/UA-1. veraPDF is a Java program from verapdf.org; VERAPDF names it if it is not on the path.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django  # noqa: E402

django.setup()

from events.certificates.models import Certificate, CertificateTemplate  # noqa: E402
from events.certificates.printing.bulk import print_batch  # noqa: E402
from events.certificates.printing.sheet import Sheet  # noqa: E402
from events.certificates.sealing import pades  # noqa: E402
from events.paper import structure  # noqa: E402
from tests.events.certificates.batches import seal, sheet  # noqa: E402
from tests.events.certificates.samples import facts, printed  # noqa: E402

FLAVOURS = ("3a", "ua1")
RECOGNITION = {"subject": "Dialogue before the tender", "affiliation": "Testing house", "minutes": 45}
ASSESSED = {"method": "oral", "grade": "good", "on": "2027-04-29", "assessor": "Dr Cleo Counsellor", "supervised": True}


def samples() -> Iterator[tuple[str, bytes]]:
    """What is judged, by the names of the files."""
    identity, key, mould = seal()
    for design in CertificateTemplate.Design.values:
        look = {**facts()["look"], "design": design}
        for kind in Certificate.Kind.values:
            own = {
                "kind": kind,
                "recognition": None if kind in Certificate.OF_REGISTRATIONS else RECOGNITION,
                "assessed": ASSESSED if kind == Certificate.Kind.ACHIEVEMENT else None,
            }
            for language in ("en", "de"):
                yield f"{design}-{kind}-{language}", printed(facts(look=look, language=language, **own), b"{}")
        sheets: list[Sheet] = [sheet(place, name, look=look) for place, name in enumerate(("Ana", "Ben", "Cleo", "Αικατερίνη"))]
        for lane, files in (("bulk", print_batch(sheets, mould=None)), ("bulk-sealed", print_batch(sheets, mould=mould))):
            yield f"{design}-{lane}", [*files][-1].pdf
        at = datetime(2027, 5, 2, tzinfo=UTC)
        yield f"{design}-sealed", pades.seal(printed(facts(look=look), b"{}"), identity=identity, key=key, at=at)


def main() -> int:
    """0: all pass; 1: some do not; 2: there is no veraPDF."""
    program = shutil.which(os.environ.get("VERAPDF", "verapdf"))
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else temporary)
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        faulty = False
        for name, content in samples():
            paths.append(folder / f"{name}.pdf")
            paths[-1].write_bytes(content)
            for fault in structure.faults(content):
                faulty = True
                print(f"{name}: {fault}")
        print(f"{len(paths)} samples written; our own checks {'found faults' if faulty else 'found no fault'}.")
        if program is None:
            print(
                "veraPDF is not installed, so nobody else has judged them. It is at verapdf.org; VERAPDF=… names the program."
            )
            return 2
        for flavour in FLAVOURS:
            command = [program, "--flavour", flavour, "--format", "text", *map(str, paths)]
            judged = subprocess.run(command, check=False, capture_output=True, text=True)
            print(judged.stdout, judged.stderr)
            faulty |= judged.returncode != 0
    return int(faulty)


if __name__ == "__main__":
    sys.exit(main())
