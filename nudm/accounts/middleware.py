"""Whose request it is; who has to sign in first comes back to the page they were on."""

from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user, load_backend
from django.contrib.auth.middleware import AuthenticationMiddleware, LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from nudm.core.problems import answer, for_a_script


class PersonMiddleware(AuthenticationMiddleware):
    """The person comes with the session's row: one look at the database in place of two, in every request.
    That the session was used is written after the response, outside the transaction of its work."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _person(request))

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        session = request.session
        # What was changed is saved whole, its use included.
        if session.used and not session.modified:
            session.write_use()
        return response


def _person(request: HttpRequest) -> Any:
    """The session's person where all that Django asks is so; who they are otherwise is Django's to say."""
    session = request.session
    named, backend, proof = (session.get(key) for key in (SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY))
    person = getattr(session, "person", None)
    if (
        person is not None
        and named == str(person.pk)
        and backend in settings.AUTHENTICATION_BACKENDS
        and load_backend(backend).user_can_authenticate(person)
        and constant_time_compare(proof or "", person.get_session_auth_hash())
    ):
        return person
    return get_user(request)


class SignInFirstMiddleware(LoginRequiredMiddleware):
    """A form that was sent without a session leads back to its page, where what was typed is kept."""

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseBase:
        if for_a_script(request):
            words = _("You are signed out: the session ended, or somebody signed out in this browser.")
            return answer(401, words, "sign_in")
        if request.method == "POST":
            return redirect_to_login(request.headers.get("Referer", "/"))
        return super().handle_no_permission(request, view_func)
