"""Sign-in, password reset and a person's own account."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash, views
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import PasswordChangeForm
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nudm.accounts import actions
from nudm.accounts.forms import ProfileForm, ResetForm, SignInForm, TokenForm
from nudm.accounts.models import Token
from nudm.core.audit import note


@method_decorator(login_not_required, name="dispatch")
class SignIn(views.LoginView):
    template_name = "accounts/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        with transaction.atomic():
            response = super().form_valid(form)
            note("account.sign_in", by=form.get_user())
        return _with_language(response, form.get_user().language)


class SignOut(views.LogoutView):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with transaction.atomic():
            note("account.sign_out", by=request.user)
            return super().post(request, *args, **kwargs)


@method_decorator(login_not_required, name="dispatch")
class Reset(views.PasswordResetView):
    template_name = "accounts/reset.html"
    form_class = ResetForm
    success_url = reverse_lazy("accounts:reset_sent")


@method_decorator(login_not_required, name="dispatch")
class ResetSent(views.PasswordResetDoneView):
    template_name = "accounts/reset_sent.html"


@method_decorator(login_not_required, name="dispatch")
class ResetConfirm(views.PasswordResetConfirmView):
    template_name = "accounts/reset_confirm.html"
    success_url = reverse_lazy("accounts:login")

    def form_valid(self, form: Any) -> HttpResponse:
        messages.success(self.request, _("Your password is set. Sign in with it."))
        with transaction.atomic():
            response = super().form_valid(form)
            note("account.password", by=form.user, by_link=True)
        return response


def me(request: HttpRequest) -> HttpResponse:
    """The person's own page: name, language, posts, password, tokens, sessions."""
    forms: dict[str, Any] = {
        "profile": ProfileForm(instance=request.user),
        "password": PasswordChangeForm(request.user),
        "token": TokenForm(),
    }
    status = 200
    part = request.POST.get("part", "")
    if request.method == "POST" and part in forms:
        done, forms[part] = _save(request, part)
        if done is not None:
            return done
        status = 422
    tokens = Token.objects.filter(person=request.user, revoked_at=None)
    shown = request.session.pop("new_token", None)
    context = {"forms": forms, "tokens": tokens, "new_token": shown}
    return render(request, "accounts/me.html", context, status=status)


def _save(request: HttpRequest, part: str) -> tuple[HttpResponse | None, Any]:
    if part == "profile":
        form: Any = ProfileForm(request.POST, instance=request.user)
        if form.is_valid():
            form.save()
            translation.activate(request.user.language)
            messages.success(request, _("Saved."))
            return _with_language(redirect("accounts:me"), request.user.language), form
    elif part == "password":
        form = PasswordChangeForm(request.user, request.POST)
        if form.is_valid():
            update_session_auth_hash(request, actions.change_password(form))
            messages.success(request, _("Your password is changed. Other sessions have ended."))
            return redirect("accounts:me"), form
    else:
        form = TokenForm(request.POST)
        if form.is_valid():
            request.session["new_token"] = actions.make_token(request.user, form.cleaned_data["name"])
            return redirect("accounts:me"), form
    return None, form


@require_POST
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    """End a token; the next call with it is refused."""
    actions.revoke_token(get_object_or_404(Token, pk=pk, person=request.user, revoked_at=None))
    messages.success(request, _("The token is revoked."))
    return redirect("accounts:me")


@require_POST
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """End every other session of this person; this one stays."""
    actions.sign_out_everywhere(request.user)
    update_session_auth_hash(request, request.user)
    messages.success(request, _("All your other sessions have ended."))
    return redirect("accounts:me")


def _with_language(response: HttpResponse, language: str) -> HttpResponse:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=365 * 24 * 3600,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
    )
    return response
