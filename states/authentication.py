"""A program's person enters their scope as soon as the token says who it is."""

from rest_framework.request import Request

from nudm.accounts import authentication
from nudm.accounts.models import User
from nudm.core import scope


class TokenAuthentication(authentication.TokenAuthentication):
    """`Authorization: Token …`, and what its person may touch until the response is made."""

    def authenticate(self, request: Request) -> tuple[User, str] | None:
        found = super().authenticate(request)
        if found is not None:
            request._request.work.enter_context(scope.of(found[0]))
        return found
