"""Forms of reports."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from nudm.core.dates import show, today
from nudm.core.widgets import DayInput
from reports.actions.reports import NATIONAL, Asked
from reports.models import Holiday, Report, Subscription
from reports.periods import first_of, month_before
from states.models import Post, State

NATION = "IN"
MONTHS = 15


class AskForm(forms.Form):
    """Which report, of what, in which language."""

    kind = forms.ChoiceField(label=_("Report"))
    state = forms.ChoiceField(label=_("Of"))
    month = forms.ChoiceField(label=_("Month"), required=False)
    stage = forms.TypedChoiceField(
        label=_("Stage"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "–"), (1, 1), (2, 2), (3, 3)],
    )
    post = forms.ChoiceField(label=_("Post"), required=False)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    as_on = forms.DateField(
        label=_("As on"), required=False, widget=DayInput(), help_text=_("Today where it is empty.")
    )
    reason = forms.CharField(label=_("What is corrected"), required=False, max_length=300)

    def __init__(
        self, states: Sequence[State], posts: Sequence[Post], national: bool, *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.states = {state.iso: state for state in states}
        self.posts = {str(post.pk): post for post in posts}
        fields: Any = self.fields
        kinds = [(k, k.label) for k in Report.Kind if national or k not in NATIONAL]
        fields["kind"].choices = kinds
        whole = [(NATION, _("All States/UTs"))] if national else []
        fields["state"].choices = whole + [(s.iso, s.label) for s in states]
        fields["month"].choices = [("", "–"), *((f"{m:%Y-%m}", show(m)[3:]) for m in months())]
        fields["post"].choices = [("", "–"), *((pk, str(post)) for pk, post in self.posts.items())]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        kind, iso = data.get("kind"), data.get("state")
        if kind in NATIONAL:
            data["state"] = NATION
        elif kind not in NATIONAL and iso == NATION:
            self.add_error("state", _("Choose a State/UT for this report."))
        needed = {Report.Kind.MPR: "month", Report.Kind.CERTIFICATE: "stage", Report.Kind.CHARGE: "post"}
        name = needed.get(kind)  # type: ignore[call-overload]
        if name and not data.get(name):
            self.add_error(name, _("This report needs it."))
        day = data.get("as_on")
        if day is not None and day > today():
            words = _("%(day)s lies in the future. Choose today or an earlier day.")
            self.add_error("as_on", words % {"day": show(day)})
        elif day is not None and kind in {Report.Kind.MPR, Report.Kind.CERTIFICATE}:
            self.add_error("as_on", _("This report has a day of its own. Leave “As on” empty."))
        return data

    def asked(self) -> Asked:
        data = self.cleaned_data
        month = date.fromisoformat(f"{data['month']}-01") if data["month"] else None
        return Asked(
            kind=data["kind"],
            state=self.states.get(data["state"]),
            language=data["language"],
            month=month,
            stage=data["stage"],
            post=self.posts.get(data["post"]),
            reason=data["reason"],
            as_on=data["as_on"],
        )


def months() -> list[date]:
    """This month and those before it, the newest first."""
    found = [first_of(today())]
    while len(found) < MONTHS:
        found.append(month_before(found[-1]))
    return found


class ScheduleForm(forms.ModelForm):
    """A report by schedule, to one of one's posts."""

    of = forms.ChoiceField(label=_("Of"))
    to = forms.ChoiceField(label=_("To the holder of"))

    class Meta:
        model = Subscription
        fields = ("kind", "every", "weekday", "day", "at", "form", "language", "skip_unchanged")
        widgets = {"at": forms.TimeInput(attrs={"type": "time"}, format="%H:%M")}

    field_order = ("kind", "of", "to", *Meta.fields[1:])

    def __init__(
        self, states: Sequence[State], posts: Sequence[Post], national: bool, *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.states = {state.iso: state for state in states}
        self.posts = {str(post.pk): post for post in posts}
        fields: Any = self.fields
        by_hand = {Report.Kind.CHARGE, Report.Kind.CERTIFICATE}
        fields["weekday"].label = _("Day, if every week")
        fields["day"].label = _("Day of month, otherwise")
        fields["kind"].choices = [
            (k, k.label) for k in Report.Kind if k not in by_hand and (national or k not in NATIONAL)
        ]
        whole = [(NATION, _("All States/UTs"))] if national else []
        fields["of"].choices = whole + [(s.iso, s.label) for s in states]
        fields["to"].choices = [(pk, str(post)) for pk, post in self.posts.items()]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if (data.get("kind") in NATIONAL) != (data.get("of") == NATION):
            self.add_error("of", _("A national report is of all States/UTs, every other one of a State/UT."))
        return data


class HolidayForm(forms.ModelForm):
    """One day."""

    class Meta:
        model = Holiday
        fields = ("day", "name")
        widgets = {"day": DayInput()}


class PasteForm(forms.Form):
    """A list of days, as it stands in a gazette or a sheet."""

    lines = forms.CharField(
        label=_("A day and a name on each line"),
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("For example: 26-01-2027 Republic Day"),
    )


class ChainForm(forms.Form):
    """Who is told at each level."""

    def __init__(self, posts: Sequence[Post], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.posts = {str(post.pk): post for post in posts}
        for level in (1, 2, 3):
            self.fields[f"designation_{level}"] = forms.CharField(
                label=_("Level %(n)s: designation") % {"n": level}, required=False, max_length=200
            )
            self.fields[f"post_{level}"] = forms.ChoiceField(
                label=_("Level %(n)s: post in this system") % {"n": level},
                required=False,
                choices=[("", "–"), *((pk, str(post)) for pk, post in self.posts.items())],
            )

    def levels(self) -> dict[int, tuple[str, Post | None]]:
        data = self.cleaned_data
        return {n: (data[f"designation_{n}"], self.posts.get(data[f"post_{n}"])) for n in (1, 2, 3)}
