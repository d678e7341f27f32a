"""The code at sign-in: setting it up, new recovery codes, and its end."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from nudm.accounts import actions, codes
from nudm.accounts.forms import CodeForm, SetCodeForm
from nudm.accounts.models.proofs import seal, unseal
from nudm.core import limits
from nudm.core.errors import Refused

# Between the picture and the code that proves that the app has read it.
READING = "app_is_reading"
SHOWN = "recovery_codes"


@never_cache
@sensitive_post_parameters("code", "password")
def page(request: HttpRequest) -> HttpResponse:
    """Set it up with the picture; afterwards what one may do with it."""
    fresh = request.session.pop(SHOWN, None)
    if request.user.code_since is not None:
        left = request.user.recovery_codes.filter(used_at=None).count()
        context = {"fresh": fresh, "left": left, "form": CodeForm()}
        return render(request, "accounts/code_is_set.html", context)
    secret = _secret(request)
    form = SetCodeForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            key = request.session.session_key
            shown = actions.set_code(request.user, secret, form.cleaned_data["code"], keep=key)
        except Refused as error:
            form.add_error("code", error.message)
        else:
            del request.session[READING]
            update_session_auth_hash(request, request.user)
            request.session[SHOWN] = shown
            return redirect("accounts:set_code")
    context = {
        "form": form,
        "picture": codes.picture_of(secret, request.user.email),
        "secret": codes.in_fours(secret),
    }
    return render(request, "accounts/set_code.html", context, status=422 if form.is_bound else 200)


def _secret(request: HttpRequest) -> str:
    """One secret for the page, its errors and its reloads."""
    secret = unseal(request.session[READING]) if READING in request.session else None
    if secret is None:
        secret = codes.new_secret()
        request.session[READING] = seal(secret)
    return secret


@require_POST
@sensitive_post_parameters("code")
def renew(request: HttpRequest) -> HttpResponse:
    """New recovery codes."""
    shown = _with_code(request, actions.renew_recovery)
    if shown:
        request.session[SHOWN] = shown
    return redirect("accounts:set_code")


@require_POST
@sensitive_post_parameters("code")
def end(request: HttpRequest) -> HttpResponse:
    """No code any more; where a post asks for one, it is set up anew at once."""
    if _with_code(request, actions.end_code) is None and request.user.code_since is not None:
        return redirect("accounts:set_code")
    messages.success(request, _("No code is asked at sign-in any more."))
    return redirect("accounts:me")


def _with_code(request: HttpRequest, act: Any) -> Any:
    """What `act` answers to the person and the code; None when the code is refused, with a message."""
    form = CodeForm(request.POST)
    try:
        limits.room("wrong_code", request.user.pk)
        if not form.is_valid():
            raise Refused(" ".join(form.errors["code"]))
        return act(request.user, form.cleaned_data["code"])
    except limits.TooMany as error:
        messages.error(request, error.message)
    except Refused as error:
        limits.spend("wrong_code", request.user.pk)
        messages.error(request, error.message)
    return None
