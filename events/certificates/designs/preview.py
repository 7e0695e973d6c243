"""How a template looks: a sample as a file, or its first page as a picture. The sample is stored nowhere."""

import io
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext_lazy as _

from events.certificates.content.facts import Facts
from network.errors import Refused

#: So long one waits for the printer, which serves one at a time in each process.
PATIENCE = 4.0  # seconds
WIDTH = 1100  # of the picture, in pixels


class Busy(Refused):
    """The printer is at work for others."""

    code = "preview_busy"
    message = _("The preview has to wait: certificates are being printed right now. Try again in a moment.")


def as_file(facts: Facts) -> bytes:
    """The certificate with these facts as a PDF, unsealed. Raises CannotPrint, Busy."""
    # WeasyPrint costs a second and 40 MB: only who prints pays.
    from events.certificates.printing.render import render  # noqa: PLC0415
    from events.certificates.printing.sheet import Sheet  # noqa: PLC0415

    with _printer():
        return render(Sheet(facts)).pdf


def as_picture(facts: Facts) -> bytes:
    """Its first page as a PNG. Raises CannotPrint, Busy."""
    import pypdfium2  # noqa: PLC0415

    with _printer():
        document = pypdfium2.PdfDocument(as_file(facts))
        try:
            page = document[0]
            image = page.render(scale=WIDTH / page.get_width()).to_pil()
        finally:
            document.close()
    out = io.BytesIO()
    image.convert("P", palette=1, colors=64).save(out, "PNG")
    return out.getvalue()


@contextmanager
def _printer() -> Iterator[None]:
    """The printer of this process: PDFium, as Pango, is not made for two at a time."""
    from events.paper.pdf import printing  # noqa: PLC0415

    if not printing.acquire(timeout=PATIENCE):
        raise Busy
    try:
        yield
    finally:
        printing.release()
