"""Sign-in by the provider that the settings name; without one these addresses do not exist."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from nudm.accounts import door, provider
from nudm.core.errors import Refused

BACK = "provider_next"


@login_not_required
def go(request: HttpRequest) -> HttpResponse:
    """Off to the provider."""
    _must_be_set()
    request.session[BACK] = request.GET.get("next", "")
    address = settings.SITE_URL + reverse("accounts:provider_back")
    return _or_refused(request, lambda: provider.send(request, address))


@login_not_required
def back(request: HttpRequest) -> HttpResponse:
    """Back from the provider: in, or on to the code unless the provider has asked for a second proof."""
    _must_be_set()

    def enter() -> HttpResponse:
        person = provider.person_back(request)
        to = request.session.pop(BACK, "")
        return door.first_step(request, person, to, trusted=settings.OIDC_ASKS_CODE, through="provider")

    return _or_refused(request, enter)


def _must_be_set() -> None:
    if not provider.name():
        raise Http404


def _or_refused(request: HttpRequest, act: Any) -> HttpResponse:
    try:
        answer: HttpResponse = act()
    except Refused as error:
        messages.error(request, error.message)
        return redirect("accounts:login")
    return answer
