"""Who has to sign in first comes back to the page they were on."""

from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase


class SignInFirstMiddleware(LoginRequiredMiddleware):
    """A form that was sent without a session leads back to its page, where what was typed is kept."""

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseBase:
        if request.method == "POST":
            return redirect_to_login(request.headers.get("Referer", "/"))
        return super().handle_no_permission(request, view_func)
