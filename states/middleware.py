"""What a request brings to `states.access`: the post chosen for the session, the scope of its work, and
whether the session may go on."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nudm.core import scope, store
from nudm.core.problems import answer, for_a_script
from states.sign_in import lacks_code, must_confirm, session_lasts


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
        with store.unless_saved(), ExitStack() as work:
            request.work = work  # type: ignore[attr-defined]
            if request.user.is_authenticated:
                work.enter_context(scope.of(request.user))
            return self.get_response(request)


class SessionRulesMiddleware:
    """A session ends when it was not used, or after so many hours, by role. Before anything else a person
    sets up the code that the post asks for, and each year confirms the posts held."""

    # How often, in seconds, a session's last use is written down.
    GRAIN = 60
    ALWAYS = frozenset({"accounts:logout", "set_language", "healthz", "readyz", "metrics", "states:act_as"})
    FOR_CODE = ALWAYS | {"accounts:set_code"}
    FOR_POSTS = FOR_CODE | {"states:confirm"}

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if not request.user.is_authenticated:
            return None
        why = self._over(request)
        if why:
            return self._ended(request, why)
        name = request.resolver_match.view_name if request.resolver_match is not None else ""
        if name not in self.FOR_CODE and lacks_code(request.user):
            words = _("Your post asks for a code at sign-in. Set it up first.")
            return self._first(request, "accounts:set_code", words)
        if name not in self.FOR_POSTS and must_confirm(request.user):
            words = _("Posts are confirmed each year on 31 March. Say first which of yours you hold.")
            return self._first(request, "states:confirm", words)
        return None

    def _over(self, request: HttpRequest) -> str:
        """Why the session may not go on; empty when it may, and then whether its use is to be written."""
        unused, whole = session_lasts(request.user)
        now, session = timezone.now(), request.session
        quiet = (now - session.seen_at).total_seconds() if session.seen_at is not None else 0
        if quiet > unused:
            n = unused // 60
            words = ngettext(
                "Your session ended after %(n)d minute without use. Sign in again.",
                "Your session ended after %(n)d minutes without use. Sign in again.",
                n,
            )
            return words % {"n": n}
        if now.timestamp() - session.setdefault("started", now.timestamp()) > whole:
            n = whole // 3600
            words = ngettext(
                "Your session ended after %(n)d hour. Sign in again.",
                "Your session ended after %(n)d hours. Sign in again.",
                n,
            )
            return words % {"n": n}
        session.used = quiet > self.GRAIN
        return ""

    def _ended(self, request: HttpRequest, why: str) -> HttpResponse:
        logout(request)
        if for_a_script(request):
            return answer(401, why, "session_ended")
        messages.info(request, why)
        # A form that was sent is found again on its page, with what was saved of it as a draft.
        back = request.get_full_path() if request.method == "GET" else request.headers.get("Referer", "/")
        return redirect_to_login(back)

    def _first(self, request: HttpRequest, name: str, words: str) -> HttpResponse:
        if for_a_script(request):
            return answer(403, words, "first")
        messages.info(request, words)
        return redirect(name)
