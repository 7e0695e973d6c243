"""An empty page, to try a seal on."""

import io

import pikepdf


def empty_page() -> bytes:
    """A PDF with nothing on its one page; the same octets every time."""
    written = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(written, min_version="1.7", deterministic_id=True)
    return written.getvalue()
