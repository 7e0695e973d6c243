"""The bulk lane: many certificates of one event by the type-case stencil."""

from collections.abc import Iterator, Sequence

from events.certificates.printing.render import render
from events.certificates.printing.sheet import Printed, Sheet
from events.certificates.sealing.sealer import Mould


def print_batch(sheets: Sequence[Sheet], *, mould: Mould | None) -> Iterator[Printed]:
    """Print each, in their order; with a ``mould`` sealed in the same pass where the stencil can. Raises CannotPrint."""
    for sheet in sheets:
        yield render(sheet)
