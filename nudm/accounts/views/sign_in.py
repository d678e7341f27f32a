"""Sign-in in one step or two, sign-out, and the link that sets a password."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import views
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView

from nudm.accounts import actions, door, provider
from nudm.accounts.forms import CodeForm, FirstPasswordForm, ResetForm, SignInForm
from nudm.core import addresses, limits
from nudm.core.audit import note
from nudm.core.errors import Refused


@method_decorator(login_not_required, name="dispatch")
class SignIn(views.LoginView):
    template_name = "accounts/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            door.refuse_guesses(request, self._email())
            return super().post(request, *args, **kwargs)
        except limits.TooMany as error:
            return locked(request, error)

    def form_valid(self, form: Any) -> HttpResponse:
        return door.first_step(self.request, form.get_user(), self.get_success_url())

    def form_invalid(self, form: Any) -> HttpResponse:
        door.count_guess(self.request, self._email())
        return super().form_invalid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(provider=provider.name(), **kwargs)

    def _email(self) -> str:
        return addresses.cleaned(self.request.POST.get("username", ""))[:254]


def locked(request: HttpRequest, error: limits.TooMany) -> HttpResponse:
    """Too many wrong passwords or codes: what to do instead."""
    minutes = -(-error.wait // 60)
    answer = render(request, "accounts/locked.html", {"minutes": minutes}, status=error.status)
    answer.headers["Retry-After"] = str(error.wait)
    return answer


@sensitive_post_parameters("code")
@login_not_required
def code(request: HttpRequest) -> HttpResponse:
    """The second step: a code of the app, or one of the recovery codes."""
    found = door.half_way(request)
    if found is None:
        request.session.pop(door.HALF_WAY, None)
        messages.error(request, _("This took longer than five minutes. Sign in again."))
        return redirect("accounts:login")
    person, kept = found
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            limits.room("wrong_code", person.pk)
            by = actions.take_code(person, form.cleaned_data["code"])
        except limits.TooMany as error:
            return locked(request, error)
        except Refused as error:
            form.add_error("code", error.message)
            if not _may_try_again(request, kept):
                messages.error(request, _("These were five wrong codes. Sign in again."))
                return redirect("accounts:login")
        else:
            if person.code_since is None:
                messages.warning(
                    request,
                    _("Your app was taken off your account. Set it up anew, with new recovery codes."),
                )
                return door.let_in(request, person, reverse("accounts:set_code"), code=by, **kept["how"])
            return door.let_in(request, person, kept["back"], code=by, **kept["how"])
    return render(request, "accounts/code.html", {"form": form}, status=422 if form.is_bound else 200)


def _may_try_again(request: HttpRequest, kept: dict[str, Any]) -> bool:
    try:
        limits.spend("wrong_code", kept["person"])
    except limits.TooMany:
        kept["wrong"] = door.TRIES
    kept["wrong"] += 1
    if kept["wrong"] >= door.TRIES:
        request.session.pop(door.HALF_WAY)
        return False
    request.session[door.HALF_WAY] = kept
    return True


class SignOut(views.LogoutView):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with transaction.atomic():
            note("account.sign_out", by=request.user)
            answer = super().post(request, *args, **kwargs)
        # What was typed and not saved, and every page, leave the browser with the person.
        answer.headers["Clear-Site-Data"] = '"cache", "storage"'
        return answer


@method_decorator(login_not_required, name="dispatch")
class Reset(FormView):
    """Asks for the address. A worker does the rest, so that no time tells whether the address is known."""

    template_name = "accounts/reset.html"
    form_class = ResetForm
    success_url = reverse_lazy("accounts:reset_sent")

    def form_valid(self, form: Any) -> HttpResponse:
        email = form.cleaned_data["email"].lower()
        limits.spend("reset_address", self.request.META.get("REMOTE_ADDR", ""))
        limits.spend("reset_account", email)
        actions.ask_reset(email)
        return super().form_valid(form)


@method_decorator(login_not_required, name="dispatch")
class ResetSent(views.PasswordResetDoneView):
    template_name = "accounts/reset_sent.html"


@method_decorator(login_not_required, name="dispatch")
class ResetConfirm(views.PasswordResetConfirmView):
    """Whoever reads the account's mail may use this browser, however many strangers guess meanwhile."""

    template_name = "accounts/reset_confirm.html"
    form_class = FirstPasswordForm

    def form_valid(self, form: Any) -> HttpResponse:
        person = actions.change_password(form, by_link=True)
        self.request.session.pop("_password_reset_token", None)
        messages.success(self.request, _("Your password is set. Sign in with it."))
        return door.remember(redirect("accounts:login"), self.request, person)
