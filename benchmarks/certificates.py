"""How fast certificates are printed: our lane against WeasyPrint used plainly, in the same run, interleaved.

    python benchmarks/certificates.py [number of certificates, 30]

Plainly: parse the template's style sheet, load the fonts and render, anew for every certificate, with no fit to the page.
Ours: ``events.certificates.printing.render.render``, as the action calls it: with the facts put into words, the check of every
character, the fit, and PDF/A-3a with PDF/UA-1. Prints CPU milliseconds for each, the ratio, size and peak memory.
"""

import io
import os
import resource
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.chdir(ROOT)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django  # noqa: E402

django.setup()

import weasyprint  # noqa: E402
from django.template.loader import render_to_string  # noqa: E402
from weasyprint.text.fonts import FontConfiguration  # noqa: E402

from events.certificates.checks import SUBSETTER, is_there  # noqa: E402
from events.certificates.content.wording import put_into_words  # noqa: E402
from events.certificates.printing import render  # noqa: E402
from events.paper import fonts, pdf  # noqa: E402
from tests.events.certificates.samples import facts, printed  # noqa: E402

NAMES = ("Ana Procurer", "Zbigniew Żółkiewski-Łącki", "Αικατερίνη Παπαδοπούλου", "Ганна Їжакевич", "Þórdís Æsisdóttir")


def sample(number: int) -> dict[str, Any]:
    return facts(holder={"name": f"{NAMES[number % len(NAMES)]} {chr(65 + number % 26)}"})


def plainly(certificate: dict[str, Any]) -> bytes:
    words = put_into_words(certificate)
    context = {
        "words": words,
        "fit": render.Fit(name_size=40, title_size=23, tightness=1),
        "language": "en",
        "template": "plain",
        "created": certificate["issued_at"],
        "code": "paper:code.svg",
        "emblem": "paper:emblem.svg",
    }
    files = {name: ("font/ttf", (fonts.FOLDER / name).read_bytes()) for name in (fonts.SERIF, fonts.SANS, fonts.SEMIBOLD)}
    pictures = {
        "code.svg": ("image/svg+xml", pdf.code(certificate["verify"])),
        "emblem.svg": ("image/svg+xml", pdf.emblem()),
    }
    memory = pdf.Memory(files | pictures)
    configuration = FontConfiguration()
    source = (ROOT / "templates" / "pdf" / "certificate.css").read_text()
    styles = weasyprint.CSS(string=source, font_config=configuration, url_fetcher=memory, base_url="paper:")
    html = weasyprint.HTML(string=render_to_string("pdf/certificate.html", context), url_fetcher=memory, base_url="paper:")
    output = io.BytesIO()
    html.write_pdf(output, font_config=configuration, stylesheets=[styles], pdf_variant="pdf/a-3a")
    return output.getvalue()


def timed(lane: Any, certificate: dict[str, Any]) -> tuple[float, int]:
    start = time.process_time()
    size = len(lane(certificate))
    return (time.process_time() - start) * 1000, size


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    if not is_there(SUBSETTER):
        print("libharfbuzz-subset0 is not installed: expect three to four times the time")
    lanes = {"WeasyPrint plainly": plainly, "single lane": printed}
    first, _size = timed(printed, sample(0))
    timed(plainly, sample(0))
    results: dict[str, list[tuple[float, int]]] = {name: [] for name in lanes}
    for number in range(count):
        for name, lane in lanes.items():
            results[name].append(timed(lane, sample(number)))
    yardstick = median(spent for spent, _size in results["WeasyPrint plainly"])
    print(f"first certificate of a process: {first:.0f} ms CPU")
    for name, found in results.items():
        spent = median(spent for spent, _size in found)
        kib = median(size for _spent, size in found) / 1024
        print(f"{name:20} {spent:6.0f} ms CPU each, {yardstick / spent:5.2f} times the yardstick, {kib:4.0f} KiB")
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB, {count} of each")


if __name__ == "__main__":
    main()
