"""The switch of language in the header."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import check_for_language
from django.views import i18n

from nudm.accounts.actions import choose_language


@login_not_required
def set_language(request: HttpRequest) -> HttpResponse:
    """Django's own switch, which keeps the choice in a cookie; of a person who is signed in it is the
    account's too, so that the next sign-in and every mail follow it."""
    user: Any = request.user
    wanted = request.POST.get("language", "")
    if request.method == "POST" and user.is_authenticated and check_for_language(wanted):
        choose_language(user, wanted)
    return i18n.set_language(request)
