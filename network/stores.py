"""Keeping files in the store. A full disk is told in words, and what it left half written is never taken for the whole."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models.fields.files import FieldFile
from django.utils.translation import gettext as _

from network.errors import Refused


class CannotKeep(Refused):
    """The store has no room, or cannot be reached. What was asked for can be asked again once it has been mended."""

    code = "cannot_keep"


def keep_once(path: str, content: bytes) -> None:
    """Store bytes at a path that is made of their hash. The same bytes twice is once. Raises CannotKeep."""
    with _told():
        if default_storage.exists(path):
            if default_storage.size(path) == len(content):
                return
            default_storage.delete(path)  # there was no room for the rest
        kept = default_storage.save(path, ContentFile(content))
        if kept != path:  # somebody else stored the same bytes in this moment
            default_storage.delete(kept)


def keep_new(file: FieldFile, name: str, content: bytes) -> None:
    """Store bytes for a field of a row, under a name that nothing else has; the caller saves the row. Raises CannotKeep."""
    path = file.field.generate_filename(file.instance, name)
    with _told():
        try:
            file.save(name, ContentFile(content), save=False)
        except OSError:
            with suppress(OSError):
                file.storage.delete(path)
            raise


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CannotKeep(
            _("The file could not be stored: %(why)s. Try again when that is mended.") % {"why": error.strerror or error}
        ) from error
