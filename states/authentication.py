"""A program's person enters their scope as soon as the token says who it is."""

from django.utils.translation import gettext as _
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from nudm.accounts import authentication
from nudm.accounts.models import Token, User
from nudm.core import scope
from states.sign_in import lacks_code, relieved_since


class TokenAuthentication(authentication.TokenAuthentication):
    """`Authorization: Token …`, and what its person may touch until the response is made."""

    def authenticate(self, request: Request) -> tuple[User, Token] | None:
        found = super().authenticate(request)
        if found is not None:
            request._request.work.enter_context(scope.of(found[0]))
            if relieved_since(*found):
                raise authentication.invalid()
            if lacks_code(found[0]):
                words = _(
                    "The post of this token's person asks for a code at sign-in. Set it up there first."
                )
                raise AuthenticationFailed(words)
        return found
