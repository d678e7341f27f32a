"""Forms of a person's own account."""

from typing import Any

from django import forms
from django.contrib.auth.forms import (
    AuthenticationForm,
    PasswordChangeForm,
    SetPasswordForm,
)
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from nudm.accounts.models import Token, User
from nudm.accounts.models.tokens import lifetimes
from nudm.core import addresses
from nudm.core.forms import AddressField, Form, ModelForm, formfield

NEW_PASSWORD = gettext_lazy(
    "At least 12 characters. A few plain words are better than signs. "
    "Not a common password, nor your name or address."
)


class SignInForm(AuthenticationForm):
    """E-mail and password. A wrong address, a wrong password and a closed account get the same words."""

    error_messages = {
        "invalid_login": gettext_lazy(
            "This e-mail address and password do not fit together. Check both, or set a new password."
        ),
        "inactive": gettext_lazy(
            "This e-mail address and password do not fit together. Check both, or set a new password."
        ),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("E-mail address")
        self.fields["username"].widget = forms.EmailInput(attrs={"autocomplete": "username"})

    def clean_username(self) -> str:
        return addresses.cleaned(str(self.cleaned_data["username"]))


class ResetForm(Form):
    """Whose password is to be set: a person who has none yet sets the first one the same way."""

    email = AddressField(
        label=gettext_lazy("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class FirstPasswordForm(SetPasswordForm):
    """A new password, by the link in a mail; in our words, since Django has them partly in Hindi."""

    error_messages = {
        "password_mismatch": gettext_lazy("The two new passwords differ. Type the same twice."),
        "password_incorrect": gettext_lazy("This is not your present password."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first, again = self.fields["new_password1"], self.fields["new_password2"]
        first.label, again.label = _("New password"), _("New password again")
        first.help_text, again.help_text = NEW_PASSWORD, ""


class PasswordForm(FirstPasswordForm, PasswordChangeForm):
    """The same on the account page, with the present one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].label = _("Your present password")
        # The account page has other forms before this one.
        self.fields["old_password"].widget.attrs.pop("autofocus", None)


class ProfileForm(ModelForm):
    class Meta:
        model = User
        fields = ("name", "name_hi", "language")
        formfield_callback = formfield


class TokenForm(ModelForm):
    """A token for a program. Who sits here proves it: by a code where the account asks for one, else by the
    password."""

    days = forms.TypedChoiceField(label=gettext_lazy("ends after"), coerce=int)
    code = forms.CharField(
        label=gettext_lazy("Code of your app, or a recovery code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=gettext_lazy("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    class Meta:
        model = Token
        fields = ("name", "scope")
        formfield_callback = formfield

    def __init__(self, person: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="token_%s", **kwargs)
        longest = lifetimes()[-1]
        words = ngettext_lazy("%(n)d day", "%(n)d days", "n")
        choices = [(days, words % {"n": days}) for days in lifetimes()]
        self.fields["days"].choices = choices  # type: ignore[attr-defined]
        self.fields["days"].initial = longest
        if person.code_since is not None:
            del self.fields["password"]
        else:
            del self.fields["code"]
            if not person.has_usable_password():
                del self.fields["password"]


class CodeForm(Form):
    """Six digits of the authenticator app, or a recovery code."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )


class SetCodeForm(CodeForm):
    """The first code proves that the app has the secret; the password, who sits here."""

    password = forms.CharField(
        label=gettext_lazy("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, person: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        if not person.has_usable_password():
            del self.fields["password"]

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        if not self.person.check_password(password):
            raise forms.ValidationError(_("This is not your password."))
        return password
