"""`Authorization: Token …` for the API."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from nudm.accounts.models import Token, User


class TokenAuthentication(BaseAuthentication):
    """A request with a token acts as its person, through all of the person's posts."""

    def authenticate(self, request: Request) -> tuple[User, str] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"token":
            return None
        person = Token.holder(words[1].decode(errors="replace")) if len(words) == 2 else None
        if person is None:
            raise AuthenticationFailed(_("This token is not valid. Make a new one on your account page."))
        return person, "token"

    def authenticate_header(self, request: Request) -> str:
        return "Token"


class TokenScheme(OpenApiAuthenticationExtension):
    """How the schema describes it."""

    target_class = "nudm.accounts.authentication.TokenAuthentication"
    match_subclasses = True
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Token …"}
