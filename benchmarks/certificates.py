"""How fast certificates are printed and sealed: both lanes against WeasyPrint used plainly, in the same run.

    python benchmarks/certificates.py [--credential]

Each row in a process of its own, so that each has a peak of memory; CPU time is the process's own, user and system, without its
start and its first certificate. Files go to the disk as they come.

* plainly: parse the style sheet, load the fonts and render, anew for every certificate, with no fit to the page;
* single: ``render`` as a download calls it: words, check of every character, the fit, PDF/A-3a with PDF/UA-1;
* seal: ``pades.seal`` with RSA-3072, what a single certificate costs besides;
* bulk: ``print_batch`` in chunks of 100 as a run calls it, sealed in the same pass, each with a credential of its own;
* with ``--credential`` the bulk lane's credentials are signed too, and their cost is in its rows.

Ends with 1 if a limit is missed.
"""

import argparse
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.chdir(ROOT)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django  # noqa: E402

django.setup()

from events.certificates.numbers import new_number  # noqa: E402
from events.certificates.printing.sheet import Sheet  # noqa: E402
from tests.events.certificates.batches import seal  # noqa: E402
from tests.events.certificates.samples import facts, printed  # noqa: E402

FIRST = ("Ana", "Zbigniew", "Αικατερίνη", "Ганна", "Þórdís", "Søren", "Jānis", "Ġorġ", "Ștefan", "Цветелина", "Ödön", "Niamh")
LAST = ("Procurer", "Żółkiewski", "Παπαδοπούλου", "Їжакевич", "Æsisdóttir", "O’Brien", "Ķēniņš", "Żebbuġ", "Țuțea", "Щърбева")
CHUNK = 100
WARM = 3

#: Milliseconds of CPU for each certificate, and MiB at most: the aim of 200 MB is 190 MiB.
LIMITS = {"single": (150, None), "seal": (40, None), "bulk 1000": (15, 190)}
TIMES_PLAIN = 12
Row = dict[str, Any]


def sheets(count: int, *, sign: bool = False) -> Iterator[Sheet]:
    """People of one event, each with a name, a number, hours and a credential of their own."""
    signed = signer() if sign else None
    for index in range(count):
        number = new_number()
        own = facts(
            holder={"name": f"{FIRST[index % 12]} {LAST[index // 12 % 10]} {index + 1}"},
            number=number,
            verify=f"https://calendar.example/verify/{number}",
            register={"centre": "AT-TEST", "year": 2027, "serial": index + 1},
            attendance={**facts()["attendance"], "minutes_attended": 600 + 15 * (index % 13)},
        )
        yield Sheet(own, signed(own, index) if signed else json.dumps({"of": number, "as": "x" * 2000}).encode())


def signer() -> Any:
    """Signs credentials without a database."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from events.certificates.credentials.keys import PrivateKey, multikey
    from events.certificates.credentials.signing import CredentialSigner, StatusPlace
    from events.certificates.models import IssuerKey, StatusList

    private = Ed25519PrivateKey.generate()
    key = PrivateKey(IssuerKey(pk=1, name="benchmark", public=multikey(private.public_key())), private)
    signs = CredentialSigner(key)
    listed = StatusList(number=1)
    return lambda own, index: signs.sign(own, place=StatusPlace(listed, index), email="a@example.org").document


def plainly(certificate: dict[str, Any]) -> bytes:
    """As somebody would who knows WeasyPrint from its first page of documentation, with the same template."""
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

    from events.certificates.content.wording import put_into_words
    from events.certificates.printing import render
    from events.paper import fonts, pdf

    words = put_into_words(certificate)
    page = render.html(certificate, words, render.Fit(name_size=40, title_size=23, tightness=1))
    files = {name: ("font/ttf", (fonts.FOLDER / name).read_bytes()) for name in fonts.FILES}
    memory = pdf.Memory(files | render.pictures(certificate))
    configuration = FontConfiguration()
    folder = ROOT / "templates" / "pdf"
    source = (folder / "certificate.css").read_text() + (folder / render.design_of(certificate).sheet).read_text()
    styles = weasyprint.CSS(string=source, font_config=configuration, url_fetcher=memory, base_url="paper:")
    html = weasyprint.HTML(string=page, url_fetcher=memory, base_url="paper:")
    output = io.BytesIO()
    html.write_pdf(output, font_config=configuration, stylesheets=[styles], pdf_variant="pdf/a-3a")
    return output.getvalue()


def one_by_one(lane: str, count: int) -> Iterator[bytes]:
    """Certificates of a lane that knows nothing of the next."""
    people = [*sheets(count + WARM)]
    if lane == "seal":
        from events.certificates.sealing import pades

        identity, key, _mould = seal(3072)
        files = [printed(one.facts, one.credential) for one in people[:WARM]]
        at = datetime(2027, 5, 2, tzinfo=UTC)
        return (pades.seal(files[index % WARM], identity=identity, key=key, at=at) for index in range(count + WARM))
    if lane == "plainly":
        return (plainly(one.facts) for one in people)
    return (printed(one.facts, one.credential) for one in people)


def in_bulk(count: int, *, sign: bool) -> Iterator[bytes]:
    """Certificates of the bulk lane, after a few to warm up."""
    from events.certificates.printing.bulk import print_batch

    mould = seal(3072)[2]
    for printed_one in print_batch([*sheets(WARM + 2, sign=sign)], mould=mould):
        if len(printed_one.pdf):
            pass
    yield from (b"",) * WARM
    people = sheets(count, sign=sign)
    for _chunk in range(0, count, CHUNK):
        chunk = [one for _index, one in zip(range(CHUNK), people, strict=False)]
        for file in print_batch(chunk, mould=mould):
            if not file.is_sealed:
                raise SystemExit("The stencil was not used: see the log")
            yield file.pdf


def measure(lane: str, count: int, *, sign: bool) -> Row:
    """Print so many in this process."""
    files = in_bulk(count, sign=sign) if lane == "bulk" else one_by_one(lane, count)
    with tempfile.TemporaryDirectory() as folder:
        for _warm in range(WARM):
            next(files)
        start, size = time.process_time(), 0
        for index, file in enumerate(files):
            size += Path(folder, f"{index}.pdf").write_bytes(file)
        spent = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"ms": spent * 1000 / count, "seconds": spent, "kib": size / 1024 / count, "mib": peak}


def main() -> int:
    """Every row, beside the yardstick."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--credential", action="store_true")
    parser.add_argument("--lane", help=argparse.SUPPRESS)
    parser.add_argument("--count", type=int, default=20, help="of the rows that print one by one")
    given = parser.parse_args()
    if given.lane:
        print(json.dumps(measure(given.lane, given.count, sign=given.credential)))
        return 0
    from events.certificates.checks import SUBSETTER, is_there

    if not is_there(SUBSETTER):
        print("libharfbuzz-subset0 is not installed: expect three to four times the time")
    print(f"load: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    rows: dict[str, Row] = {}
    for lane, count in (
        ("plainly", given.count),
        ("single", given.count),
        ("seal", given.count),
        ("bulk", 100),
        ("bulk", 1000),
    ):
        name = f"{lane} {count}" if lane == "bulk" else lane
        command = [sys.executable, __file__, "--lane", lane, "--count", str(count), *["--credential"] * given.credential]
        rows[name] = row = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        times = "" if lane == "seal" else f"{rows['plainly']['ms'] / row['ms']:6.2f} times plain WeasyPrint"
        print(f"{name:10} {row['ms']:7.1f} ms CPU each, {row['kib']:5.0f} KiB, {row['mib']:4.0f} MiB at most, {times}")
    missed = [
        f"{name}: {row['ms']:.1f} ms, {row['mib']:.0f} MiB; the limit is {ms} ms, {mib or 'any'} MiB"
        for name, (ms, mib) in LIMITS.items()
        if (row := rows[name])["ms"] > ms or (mib and row["mib"] > mib)
    ]
    if rows["plainly"]["ms"] / rows["bulk 1000"]["ms"] < TIMES_PLAIN:
        missed.append(f"bulk 1000: less than {TIMES_PLAIN} times as fast as plain WeasyPrint")
    print("\n".join(missed) or "All limits are kept.")
    print(f"load: {os.getloadavg()[0]:.1f}")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
