"""The sites on which a centre shows its list: which there are, how one is written, and the verbs to add and remove it."""

import re
from urllib.parse import SplitResult, urlsplit

import idna
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from events.calendars.models import EmbeddingSite
from network.errors import Invalid, Refused, type_of_message
from network.journal import because
from network.models import Centre, Person
from network.rules import require

MOST = 20  # sites of one centre

_HOST = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+(?=[0-9-]*[a-z])[a-z0-9-]{2,63}")  # a name, no number


class TooManySites(Refused):
    """The centre has as many sites as one may have."""

    code = "too_many_sites"
    message = _("There are %(most)d sites. Remove one that no longer shows the list, then add the new one.") % {"most": MOST}


def add_site(*, centre: Centre, origin: str, by: Person) -> EmbeddingSite:
    """Let a site show the centre's list; ``origin`` such as ``https://www.example.eu``.

    Adding it twice returns the one that is there.

    Raises:
        NotAllowed: the person does not coordinate the centre.
        Invalid: at ``origin``, see ``origin_of``.
        TooManySites: the centre has 20 already.
    """
    require(by, "network.change_centre", centre)
    origin = origin_of(origin)
    with transaction.atomic(), because(by=by, reason="add_site"):
        Centre.objects.select_for_update().get(pk=centre.pk)
        sites = list(EmbeddingSite.objects.filter(centre=centre))
        known = next((site for site in sites if site.origin == origin), None)
        if known is not None:
            return known
        if len(sites) >= MOST:
            raise TooManySites
        return EmbeddingSite.objects.create(centre=centre, origin=origin)


def remove_site(*, site: EmbeddingSite, by: Person) -> None:
    """The site shows the list no longer. Doing it twice changes nothing. Raises NotAllowed."""
    require(by, "network.change_centre", site.centre)
    with transaction.atomic(), because(by=by, reason="remove_site"):
        for present in EmbeddingSite.objects.select_for_update().filter(pk=site.pk):
            present.delete()


def origin_of(text: str) -> str:
    """The origin (RFC 6454) as browsers compare it: https, the host in ASCII, the port if it is not the usual one.

    Raises Invalid: not https, no host, or more than an origin: a page, a wildcard, a name and password.
    """
    text = text.strip()
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        port = parts.port
        host = idna.encode((parts.hostname or "").rstrip("."), uts46=True).decode()
    except (ValueError, UnicodeError):
        raise _wrong(_("This is not the address of a site. Write it like https://www.example.eu.")) from None
    if problem := _problem(parts, host):
        raise _wrong(problem)
    return f"https://{host}" if port in {None, 443} else f"https://{host}:{port}"


def _problem(parts: SplitResult, host: str) -> type_of_message | None:
    if parts.scheme != "https":
        return _("Only a site with https can show the list.")
    if "@" in parts.netloc:
        return _("Leave out the name and password.")
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        return _("Give the site only, without a page: https://www.example.eu.")
    if not _HOST.fullmatch(host) or len(host) > 180:
        return _("This is not the address of a site. Write it like https://www.example.eu.")
    return None


def _wrong(words: type_of_message) -> Invalid:
    return Invalid({"origin": [words]})


def own_origin(centre: Centre) -> str:
    """The origin of the centre's own website; empty where it has none that a header can name."""
    try:
        parts = urlsplit(centre.website)
        host, port = idna.encode(parts.hostname or "", uts46=True).decode(), parts.port
    except (ValueError, UnicodeError):
        return ""
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(host):
        return ""
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")


def origins(centre: Centre) -> list[str]:
    """Every origin that may show the centre's list: its own website first."""
    own = own_origin(centre)
    return [*([own] if own else []), *(site.origin for site in centre.embedding_sites.all() if site.origin != own)]
