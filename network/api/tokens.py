"""Personal access tokens as a way to sign in to the API."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from network.api.problems import CHALLENGE
from network.models import AccessToken, Person
from network.statements import Lookup
from network.tokens import digest

USE_IS_NOTED_EVERY = timedelta(hours=1)


_token = Lookup(lambda digest: AccessToken.objects.select_related("person__organisation").filter(digest=digest).order_by())


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer p2i_…``. ``request.auth`` is then the AccessToken."""

    def authenticate(self, request: Request) -> tuple[Person, AccessToken] | None:
        """The token's person; None if no Bearer token was sent; 401 if it is not accepted."""
        scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = _token(digest(text.strip()))
        if token is None:
            raise AuthenticationFailed(_("This token is not known. Check that it was copied whole, or make a new one."))
        now = timezone.now()
        if token.revoked_at is not None:
            raise AuthenticationFailed(_("This token was revoked. Make a new one."))
        if token.expires_at <= now:
            raise AuthenticationFailed(_("This token has expired. Make a new one."))
        if not token.person.is_active:
            raise AuthenticationFailed(_("The account of this token is closed."))
        if token.last_used_at is None or token.last_used_at <= now - USE_IS_NOTED_EVERY:
            unnoted = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - USE_IS_NOTED_EVERY)
            AccessToken.objects.filter(unnoted, pk=token.pk).update(last_used_at=now)
        return token.person, token

    def authenticate_header(self, request: Request) -> str:
        """The challenge of a 401."""
        return CHALLENGE
