"""A person's own account: name, language, posts, password, code at sign-in, sessions, tokens."""

import time
from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nudm.accounts import actions, door
from nudm.accounts.forms import PasswordForm, ProfileForm, TokenForm
from nudm.accounts.models import Token
from nudm.accounts.models.sessions import handle_of
from nudm.core import limits
from nudm.core.errors import Refused
from nudm.core.receipts import answered_once

# Seconds since the sign-in within which an account without password and code may make a token.
FRESH = 600


@answered_once
def me(request: HttpRequest) -> HttpResponse:
    """The page; each of its forms is a `part`."""
    forms: dict[str, Any] = {
        "profile": ProfileForm(instance=request.user),
        "password": PasswordForm(request.user),
        "token": TokenForm(request.user),
    }
    status = 200
    part = request.POST.get("part", "")
    if request.method == "POST" and part in forms:
        done, forms[part] = _save(request, part)
        if done is not None:
            return done
        status = 422
    context = {
        "forms": forms,
        "tokens": Token.good().filter(person=request.user),
        "new_token": request.session.pop("new_token", None),
        "sessions": _sessions(request.user),
        "this_session": handle_of(request.session.session_key),
        "recovery_left": request.user.recovery_codes.filter(used_at=None).count(),
    }
    return render(request, "accounts/me.html", context, status=status)


def _save(request: HttpRequest, part: str) -> tuple[HttpResponse | None, Any]:
    if part == "profile":
        form: Any = ProfileForm(request.POST, instance=request.user)
        if form.is_valid():
            form.save(commit=False).save(update_fields=form.Meta.fields)
            translation.activate(request.user.language)
            messages.success(request, _("Saved."))
            return door.with_language(redirect("accounts:me"), request.user.language), form
    elif part == "password":
        form = PasswordForm(request.user, request.POST)
        if form.is_valid():
            person = actions.change_password(form, keep=request.session.session_key)
            update_session_auth_hash(request, person)
            messages.success(
                request, _("Your password is changed. Other sessions and all tokens have ended.")
            )
            return redirect("accounts:me"), form
    else:
        form = TokenForm(request.user, request.POST)
        if form.is_valid() and _proved(request, form):
            given = form.cleaned_data
            made = actions.make_token(request.user, given["name"], scope=given["scope"], days=given["days"])
            request.session["new_token"] = made
            return redirect("accounts:me"), form
    return None, form


def _proved(request: HttpRequest, form: TokenForm) -> bool:
    """Whether it is the person who asks: by what the form has of a code or password; where the account has
    neither, by a sign-in of the last minutes."""
    given = {name: form.cleaned_data[name] for name in ("code", "password") if name in form.fields}
    if not given:
        if time.time() - request.session.get("started", 0) < FRESH:
            return True
        words = _("Sign out and in again first: a token is made within ten minutes of the sign-in.")
        form.add_error(None, words)
        return False
    try:
        actions.prove(request.user, **given)
    except limits.TooMany as error:
        form.add_error(None, error.message)
    except Refused as error:
        limits.spend("wrong_code", request.user.pk)
        form.add_error(next(iter(given)), error.message)
    else:
        return True
    return False


def _sessions(person: Any) -> Any:
    return person.sessions.filter(expire_date__gt=timezone.now()).order_by("-seen_at")


@require_POST
def end_session(request: HttpRequest, handle: str) -> HttpResponse:
    """End one session of one's own: a browser left signed in."""
    session = next((row for row in _sessions(request.user) if row.handle == handle), None)
    if session is None:
        raise Http404
    actions.end_session(session)
    messages.success(request, _("The session has ended."))
    return redirect("accounts:me")


@require_POST
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """End every other session of this person; this one stays."""
    actions.sign_out_everywhere(request.user, keep=request.session.session_key)
    update_session_auth_hash(request, request.user)
    messages.success(request, _("All your other sessions and all tokens have ended."))
    return redirect("accounts:me")


@require_POST
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    """End a token; the next call with it is refused."""
    actions.revoke_token(get_object_or_404(Token, pk=pk, person=request.user, revoked_at=None))
    messages.success(request, _("The token is revoked."))
    return redirect("accounts:me")
