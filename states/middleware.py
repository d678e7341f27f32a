"""What a request brings to `states.access`: the post chosen for the session, and the scope of its work."""

from collections.abc import Callable
from contextlib import ExitStack

from django.http import HttpRequest, HttpResponse

from nudm.core import scope


class ActingPostMiddleware:
    """A person in several posts may act by one of them; the choice lives in the session.

    `states.access` counts the choice only while the post is held.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.session.get("post") and request.user.is_authenticated:
            request.user.acting_post_id = request.session["post"]
        return self.get_response(request)


class ScopeMiddleware:
    """One transaction within the person's scope round the whole response, its rendering included.

    An action that fails takes back its own savepoint; what other actions did is kept, as it would be
    without the transaction. A visitor's request has no scope and no transaction: the login role may
    touch no tenant's row. A program's person is known later, and enters then (`states.authentication`).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with ExitStack() as work:
            request.work = work  # type: ignore[attr-defined]
            if request.user.is_authenticated:
                work.enter_context(scope.of(request.user))
            return self.get_response(request)
