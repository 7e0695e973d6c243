"""A clock that one can set, so that the demonstration can live through its past with the ordinary actions."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from unittest.mock import patch

from django.utils import timezone


@contextmanager
def clock_at(moment: datetime) -> Iterator[None]:
    """Let ``timezone.now()`` say ``moment``, in this process. Only for commands that run alone."""
    with patch.object(timezone, "now", lambda: moment):
        yield
