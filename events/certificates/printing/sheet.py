"""What both lanes print from, and what comes out."""

from dataclasses import dataclass

from events.certificates.content.facts import Facts


@dataclass(frozen=True)
class Sheet:
    """One certificate to print: its facts, and the credential (JSON-LD, UTF-8) that the file carries, if any."""

    facts: Facts
    credential: bytes = b""


@dataclass(frozen=True)
class Printed:
    """One file. ``is_sealed`` says that the bulk lane has sealed it in the same pass."""

    pdf: bytes
    template: str  # name and version of the design that it was printed with
    is_sealed: bool = False
