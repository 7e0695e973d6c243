"""What the seal looks like inside of a PDF: the same in the single lane, which pyHanko writes, and in the bulk lane."""

from datetime import UTC, datetime

#: ETSI EN 319 142-1 §5.2: the signature is CAdES, detached.
SUBFILTER = "/ETSI.CAdES.detached"
FILTER = "/Adobe.PPKLite"

#: The form field that holds the seal: its name, and its name for people (PDF/UA-1 §7.18.1).
FIELD_NAME = "Seal"
FIELD_LABEL = "Electronic seal"
#: Of the document time stamp of B-LTA.
STAMP_NAME = "SealTime"
STAMP_LABEL = "Time stamp of the electronic seal"

#: Where the invisible field is: without a size and out of the page, so that PDF/UA does not ask for a tag of its own.
RECTANGLE = (-9999, -9999, -9999, -9999)
#: Of the annotation: printed and locked (ISO 32000-1 §12.5.3); PDF/A forbids what is not printed.
ANNOTATION_FLAGS = 4 | 128
#: Signatures exist, append only (ISO 32000-1 §12.7.2).
FORM_FLAGS = 3
#: DocMDP: no changes at all (ISO 32000-1 §12.8.2.2).
PERMISSIONS = 1


def pdf_date(at: datetime) -> str:
    """The time of sealing (``/M``) as a PDF has it, in UTC."""
    return f"D:{at.astimezone(UTC):%Y%m%d%H%M%S}Z"
