"""Forms of people and posts."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from nudm.core.dates import today
from nudm.core.forms import AddressField, Form
from nudm.core.widgets import DayField
from states.models import State
from states.rules import POSTS_OF, PostKind, Role
from states.verify import NATION
from states.words import VERBS

KIND_LABELS = {
    PostKind.HEAD: _("Head"),
    PostKind.REVIEWER: _("Reviewer"),
    PostKind.VIEWER: _("Reader"),
    PostKind.NODAL_OFFICER: _("Nodal officer"),
    PostKind.PROGRAMME_UNIT: _("Programme unit"),
    PostKind.FELLOW: _("NUDM fellow"),
    PostKind.DTL: _("DTL"),
    PostKind.MEMBER: _("Member"),
}


class AppointForm(Form):
    """Who takes the post, and from which day."""

    # Another person's: the browser may not fill in the account that is signed in.
    email = AddressField(label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    name = forms.CharField(
        label=_("Name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    on = DayField(label=_("From"), initial=today)
    order_number = forms.CharField(label=_("Order number"), max_length=100, required=False)


class RelieveForm(Form):
    on = DayField(
        label=_("Relieved on"),
        initial=today,
        help_text=_("Access ends at the beginning of this day."),
    )


class PostForm(Form):
    """A new post in a team."""

    kind = forms.ChoiceField(label=_("Kind of post"))
    title = forms.CharField(label=_("Designation"), max_length=200)
    title_hi = forms.CharField(label=_("Designation in Hindi"), max_length=200, required=False)

    def __init__(self, role: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(k.value, KIND_LABELS[k]) for k in POSTS_OF[Role(role)]]  # type: ignore[attr-defined]


class AuditForm(Form):
    """What is asked of the audit log; nothing asked is all of it."""

    state = forms.ChoiceField(label=_("State/UT"), required=False)
    person = forms.CharField(label=_("Person"), required=False, max_length=100)
    verb = forms.ChoiceField(label=_("What"), required=False)
    start = DayField(label=_("From"), required=False)
    end = DayField(label=_("To"), required=False)
    row = forms.RegexField(
        r"^[A-Za-z]+( +\d+)?$",
        label=_("Row, for example “item 12”"),
        required=False,
        max_length=60,
        error_messages={"invalid": _("Give the kind of row, and its number if it is one row: “item 12”.")},
    )

    def __init__(self, states: Iterable[State], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every = [("", _("All")), (NATION, _("None (national)")), *((s.iso, s.label) for s in states)]
        self.fields["state"].choices = every  # type: ignore[attr-defined]
        verbs = sorted(((verb, str(words)) for verb, words in VERBS.items()), key=lambda pair: pair[1])
        self.fields["verb"].choices = [("", _("All")), *verbs]  # type: ignore[attr-defined]


class AccessForm(Form):
    """Which State/UT, and which day."""

    state = forms.ChoiceField(label=_("State/UT"))
    day = DayField(label=_("Day"), initial=today)

    def __init__(self, states: Iterable[State], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = [(s.iso, s.label) for s in states]  # type: ignore[attr-defined]
