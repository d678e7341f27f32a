"""Forms of reports."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from nudm.core.bounds import PASTE
from nudm.core.dates import show, today
from nudm.core.forms import Form, ModelForm, formfield
from nudm.core.widgets import DayField, Fitting, goes_with
from phases.models import Closure
from reports.actions.reminders import Level
from reports.actions.reports import NATIONAL, Asked
from reports.models import Holiday, Report, Subscription
from reports.periods import first_of, month_before
from reports.schedule import LAST
from states.models import Post, State

NATION = "IN"
MONTHS = 15
K = Report.Kind
# What only some reports ask for; and what they cannot be made without.
ONLY: dict[str, frozenset[K]] = {
    "month": frozenset({K.MPR}),
    "reason": frozenset({K.MPR}),
    "stage": frozenset({K.CERTIFICATE}),
    "post": frozenset({K.CHARGE}),
    "as_on": frozenset(K) - {K.MPR, K.CERTIFICATE},
}
NEEDED = {K.MPR: "month", K.CERTIFICATE: "stage", K.CHARGE: "post"}
MISFIT = _("A national report is of all States/UTs, every other one of a State/UT.")


def offer_places(field: Any, states: Sequence[State], kinds: Sequence[tuple[str, Any]]) -> None:
    """All States/UTs beside the national ones of these kinds of report, each of them beside the others."""
    national = [kind for kind, _label in kinds if kind in NATIONAL]
    others = [kind for kind, _label in kinds if kind not in NATIONAL]
    field.widget = Fitting("kind", {NATION: national} | {state.iso: others for state in states})
    whole = [(NATION, _("All States/UTs"))] if national else []
    field.choices = whole + [(state.iso, state.label) for state in states]


class AskForm(Form):
    """Which report, of what, in which language. What does not go together is not offered where the browser
    can follow the choice, and refused in words anywhere."""

    kind = forms.ChoiceField(label=_("Report"))
    state = forms.ChoiceField(label=_("Of"))
    month = forms.ChoiceField(label=_("Month"), required=False)
    stage = forms.TypedChoiceField(label=_("Stage"), required=False, coerce=int, empty_value=None)
    post = forms.ChoiceField(label=_("Post"), required=False)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    as_on = DayField(label=_("As on"), required=False, help_text=_("Today where it is empty."))
    reason = forms.CharField(
        label=_("What is corrected"),
        required=False,
        max_length=300,
        help_text=_(
            "A month that is closed stays as it is. Say what is corrected, and a new version is made that "
            "names the old one."
        ),
    )

    def __init__(
        self,
        states: Sequence[State],
        posts: Sequence[Post],
        closed: Sequence[Closure],
        national: bool,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.states = {state.iso: state for state in states}
        self.posts = {str(post.pk): post for post in posts}
        isos = {state.pk: state.iso for state in states}
        self.closed: dict[str, list[str]] = {}
        for closure in closed:
            self.closed.setdefault(str(closure.stage), []).append(isos[closure.state_id])
        fields: Any = self.fields
        without = set() if national else set(NATIONAL)
        without |= set() if self.posts else {K.CHARGE}
        without |= set() if self.closed else {K.CERTIFICATE}
        fields["kind"].choices = kinds = [(k, k.label) for k in K if k not in without]
        offer_places(fields["state"], states, kinds)
        fields["month"].choices = [("", "–"), *((f"{m:%Y-%m}", show(m)[3:]) for m in months())]
        fields["stage"].widget = Fitting("state", self.closed)
        fields["stage"].choices = [("", "–"), *((n, n) for n in sorted(self.closed))]
        fields["post"].widget = Fitting(
            "state", {pk: [isos[p.team.state_id]] for pk, p in self.posts.items()}
        )
        fields["post"].choices = [("", "–"), *((pk, str(post)) for pk, post in self.posts.items())]
        for name, only in ONLY.items():
            fields[name].widget.attrs |= goes_with("kind", sorted(only))
            fields[name].needed = name in NEEDED.values()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        kind, iso, day = data.get("kind"), data.get("state"), data.get("as_on")
        if kind is None or iso is None:
            return data
        if (kind in NATIONAL) != (iso == NATION):
            self.add_error("state", MISFIT)
        for name, only in ONLY.items():
            if data.get(name) and kind not in only:
                words = _("“%(field)s” does not go with this report. Leave it empty.")
                self.add_error(name, words % {"field": self.fields[name].label})
        needed = NEEDED.get(kind)
        if needed and needed not in self.errors and not data.get(needed):
            words = _("This report needs “%(field)s”.")
            self.add_error(needed, words % {"field": self.fields[needed].label})
        stage, post = data.get("stage"), self.posts.get(data.get("post") or "")
        if stage and kind == K.CERTIFICATE and iso not in self.closed[str(stage)]:
            self.add_error("stage", _("This stage is not closed; there is nothing to certify."))
        if post and kind == K.CHARGE and iso in self.states and post.team.state_id != self.states[iso].pk:
            self.add_error("post", _("Choose the post that is handed over."))
        if day is not None and day > today() and "as_on" not in self.errors:
            words = _("%(day)s lies in the future. Choose today or an earlier day.")
            self.add_error("as_on", words % {"day": show(day)})
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


class ScheduleForm(ModelForm):
    """A report by schedule, to one of one's posts."""

    of = forms.ChoiceField(label=_("Of"))
    to = forms.ChoiceField(label=_("To the holder of"))

    class Meta:
        model = Subscription
        fields = ("kind", "every", "weekday", "day", "at", "form", "language", "skip_unchanged")
        formfield_callback = formfield
        widgets = {"at": forms.TimeInput(attrs={"type": "time"}, format="%H:%M")}

    day = forms.TypedChoiceField(
        coerce=int,
        empty_value=None,
        choices=[*((n, n) for n in range(1, LAST)), (LAST, _("Last day of the month"))],
        initial=6,
        help_text=_(
            "29 and 30 are the last day where the month is shorter. A monthly progress report sent on the "
            "last day is of the month that it ends, and provisional; on any other day, of the month before."
        ),
    )

    field_order = ("kind", "of", "to", *Meta.fields[1:])

    def __init__(
        self, states: Sequence[State], posts: Sequence[Post], national: bool, *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.states = {state.iso: state for state in states}
        self.posts = {str(post.pk): post for post in posts}
        fields: Any = self.fields
        by_hand = {K.CHARGE, K.CERTIFICATE}
        fields["kind"].choices = kinds = [
            (k, k.label) for k in K if k not in by_hand and (national or k not in NATIONAL)
        ]
        offer_places(fields["of"], states, kinds)
        fields["to"].choices = [(pk, str(post)) for pk, post in self.posts.items()]
        fields["weekday"].label = _("Day, if every week")
        fields["day"].label = _("Day of month, otherwise")
        every = Subscription.Every
        for name, only in {"weekday": [every.WEEK], "day": [every.MONTH, every.QUARTER]}.items():
            fields[name].required, fields[name].needed = False, True
            fields[name].widget.attrs |= goes_with("every", only)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if (data.get("kind") in NATIONAL) != (data.get("of") == NATION):
            self.add_error("of", MISFIT)
        weekly = data.get("every") == Subscription.Every.WEEK
        for name in ("weekday", "day"):
            if data.get(name) in {None, ""} and name not in self.errors:
                # The day that is not asked for stays as the schedule has it.
                data.pop(name)
                if weekly == (name == "weekday"):
                    words = _("This schedule needs “%(field)s”.")
                    self.add_error(name, words % {"field": self.fields[name].label})
        return data


class HolidayForm(ModelForm):
    """One day."""

    class Meta:
        model = Holiday
        fields = ("day", "name")
        formfield_callback = formfield


class PasteForm(Form):
    """A list of days, as it stands in a gazette or a sheet."""

    lines = forms.CharField(
        label=_("A day and a name on each line"),
        max_length=PASTE,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("For example: 26-01-2027 Republic Day"),
    )


class ChainForm(Form):
    """Who is told at each level."""

    NAMES = ("designation", "designation_hi", "post")

    def __init__(self, posts: Sequence[Post], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.posts = {str(post.pk): post for post in posts}
        for level in (1, 2, 3):
            self.fields[f"designation_{level}"] = forms.CharField(
                label=_("Level %(n)s: designation") % {"n": level}, required=False, max_length=200
            )
            self.fields[f"designation_hi_{level}"] = forms.CharField(
                label=_("Level %(n)s: designation in Hindi") % {"n": level}, required=False, max_length=200
            )
            self.fields[f"post_{level}"] = forms.ChoiceField(
                label=_("Level %(n)s: post in this system") % {"n": level},
                required=False,
                choices=[("", "–"), *((pk, str(post)) for pk, post in self.posts.items())],
            )

    def clean(self) -> None:
        super().clean()
        for n in (1, 2, 3):
            named, *more = (self.cleaned_data.get(f"{name}_{n}") for name in self.NAMES)
            if any(more) and not named and f"designation_{n}" not in self.errors:
                words = _("Give the designation in English, too, or leave the level empty.")
                self.add_error(f"designation_{n}", words)

    def levels(self) -> dict[int, Level]:
        """Who is named at each level."""
        told = {n: [self.cleaned_data[f"{name}_{n}"] for name in self.NAMES] for n in (1, 2, 3)}
        return {n: Level(name, self.posts.get(post), hindi) for n, (name, hindi, post) in told.items()}
