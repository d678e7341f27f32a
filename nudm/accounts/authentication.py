"""`Authorization: Token …` for the API."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from nudm.accounts.models import Token, User


class TokenAuthentication(BaseAuthentication):
    """A request with a token acts as its person, through all of the person's posts."""

    def authenticate(self, request: Request) -> tuple[User, Token] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"token":
            return None
        token = Token.known(words[1].decode(errors="replace")) if len(words) == 2 else None
        if token is None:
            raise invalid()
        if token.scope == Token.Scope.READ and request.method not in SAFE_METHODS:
            words_ = _("This token may read only. Make one that may write on your account page.")
            raise PermissionDenied(words_, code="read_only")
        return token.person, token

    def authenticate_header(self, request: Request) -> str:
        return "Token"


def invalid() -> AuthenticationFailed:
    """For a token that is unknown, over or ended, without a word which of these."""
    return AuthenticationFailed(
        _("This token is not valid, has ended or was revoked. Make a new one on your account page.")
    )


class TokenScheme(OpenApiAuthenticationExtension):
    """How the schema describes it."""

    target_class = "nudm.accounts.authentication.TokenAuthentication"
    match_subclasses = True
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Token …"}
