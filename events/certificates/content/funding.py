"""Whether it is the European Union that funds; see ``events.paper.funding``, which other papers need too."""

from events.paper.funding import is_european

__all__ = ["is_european"]
