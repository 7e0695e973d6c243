"""What a token may do. What a person may do is decided by the actions, not here."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from network.models import AccessToken

if TYPE_CHECKING:  # the framework's views import this module
    from rest_framework.views import APIView


class TokenScope(BasePermission):
    """A token of scope read may only read."""

    message = _("This token may only read. Make one of scope “write” to change something.")
    code = "token_may_only_read"

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """True unless a token that may only read is used to change something."""
        token = request.auth
        return request.method in SAFE_METHODS or not isinstance(token, AccessToken) or token.scope == AccessToken.Scope.WRITE


class SignedIn(TokenScope):
    """Somebody is signed in, by session or token; for endpoints about oneself."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """As TokenScope, for people with an account only (else 401)."""
        if not (request.user and request.user.is_authenticated):
            raise NotAuthenticated
        return super().has_permission(request, view)
