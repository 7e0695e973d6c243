"""Reads what programs send, of a bearable size: JSON in characters that can be stored, and files where they are asked for."""

import json
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser, MultiPartParser


class TooLarge(APIException):
    """More than anybody needs to send (HTTP 413)."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"
    default_detail = _("Send less at once.")


class JSON(BaseParser):
    """UTF-8 JSON (RFC 8259). The framework's own parser reads without a limit and trips over what is nested deeply."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """The body as Python values. Raises ParseError, TooLarge."""
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
        body = stream.read(most + 1)
        if len(body) > most:
            raise TooLarge
        try:
            found: dict[str, Any] = json.loads(body.decode(), parse_constant=_no_number)
            # An escape can spell half a character (\ud800), which neither a database nor an answer can hold.
            if b"\\u" in body:
                json.dumps(found, ensure_ascii=False).encode()
        except RecursionError as error:
            raise ParseError(_("This is nested too deeply.")) from error
        except ValueError as error:  # not UTF-8, not JSON, a number of thousands of digits, half a character
            raise ParseError(_("This is not JSON in UTF-8: %(why)s") % {"why": _why(error)}) from error
        return found


class MultiPart(MultiPartParser):
    """A form with files (RFC 7578), for the few endpoints that take one. ``network.uploads`` bounds the files."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """Fields and files. Raises ParseError, TooLarge."""
        try:
            return super().parse(stream, media_type, parser_context)
        except SuspiciousOperation as error:  # too many fields or files, or fields that are too long
            raise TooLarge from error


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number of JSON")


def _why(error: ValueError) -> str:
    """The place of the mistake; never the text itself."""
    if isinstance(error, UnicodeError):
        return f"{error.reason}" if isinstance(error, UnicodeDecodeError | UnicodeEncodeError) else "Unicode"
    return str(error)
