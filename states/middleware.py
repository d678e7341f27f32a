"""Carries the post chosen for this session to `states.access`."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


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
