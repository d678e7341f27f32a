"""The state's registers: what each is called, asks for, shows, and which lines of the deck it feeds."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import F, Model
from django.utils.text import capfirst
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from nudm.core.dates import days_since, show
from nudm.core.money import indian
from ulbs.catalogue import modules
from ulbs.models import Cadence, Event, HelpDesk, Incident, PolicyItem
from ulbs.rules.counting import Limits
from ulbs.rules.events import EventKind
from ulbs.rules.registers import WRITES

SETTLED = (PolicyItem.Status.NOT_NEEDED, PolicyItem.Status.NOTIFIED)
SECTIONS = {
    "outcome": _("outcome"),
    "responsibility": _("responsibility"),
    "criterion": _("completion criterion"),
}


@dataclass(frozen=True, slots=True)
class Feed:
    """The line of the deck that a register's entries make true, and the measure that counts them."""

    stage: int
    section: str
    number: str
    measure: str
    words: Any

    @property
    def label(self) -> str:
        told = {"n": self.stage, "section": SECTIONS[self.section], "number": self.number}
        place = _("Stage %(n)s, %(section)s %(number)s") % told
        return f"{place}: {self.words}"

    @property
    def anchor(self) -> str:
        """Where the stage's checklist shows the line; responsibilities stand beside it."""
        return "" if self.section == "responsibility" else f"#l{self.number}-{self.section}"


@dataclass(frozen=True, slots=True)
class Register:
    """`fields` are the form's, `columns` the list's after the title; `filters` are fields with choices.

    `single`: one entry a state. `needs` says the threshold in force, `hint` the deck's advice.
    """

    slug: str
    model: type[Model]
    title: Any
    new: Any
    fields: tuple[str, ...]
    feeds: tuple[Feed, ...]
    columns: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    single: bool = False
    needs: Callable[[Limits], str] | None = None
    hint: Any = ""
    order: tuple[Any, ...] = ("-on", "-pk")
    where: dict[str, str] = field(default_factory=dict)

    @property
    def permission(self) -> str:
        return WRITES[self.slug]

    @property
    def is_event(self) -> bool:
        return self.model is Event

    @property
    def has_towns(self) -> bool:
        """Whether ULBs take part in its events; a review meeting is the state's own."""
        return "ulbs" in self.columns

    @property
    def closes(self) -> bool:
        """Whether its entries are closed at the end; policy items are settled, the single ones stay."""
        return self.model in {Event, Incident}

    @property
    def is_open(self) -> dict[str, Any]:
        """The filter by which its entries wait for somebody."""
        if self.closes:
            return {"closed_on__isnull": True}
        return {"status__in": [s for s in PolicyItem.Status if s not in SETTLED]} if not self.single else {}


def _event(
    kind: EventKind, title: Any, new: Any, fields: str, columns: str, *feeds: Feed, **more: Any
) -> Register:
    return Register(
        slug=kind.value,
        model=Event,
        title=title,
        new=new,
        fields=("title", "on", *fields.split()),
        columns=("on", *columns.split()),
        feeds=feeds,
        where={"kind": kind.value},
        **more,
    )


def _meetings(limits: Limits) -> str:
    words = ngettext(
        "%(n)s review meeting with minutes is needed, and a cadence that is set.",
        "%(n)s review meetings with minutes are needed, and a cadence that is set.",
        limits.meetings,
    )
    return words % {"n": limits.meetings}


def _criticals(limits: Limits) -> str:
    words = ngettext(
        "With %(n)s open critical incident no batch may start.",
        "With %(n)s or more open critical incidents no batch may start.",
        limits.critical_limit,
    )
    known = _(
        "Before UAT is held or signed off, or an incident recorded, it is not known whether bugs are fixed."
    )
    return f"{words % {'n': limits.critical_limit}} {known}"


def _desk(limits: Limits) -> str:
    words = ngettext(
        "The last %(n)s month over with tickets counts, with at least %(percent)s%% in time.",
        "The last %(n)s months over with tickets count, each with at least %(percent)s%% in time.",
        limits.help_desk_months,
    )
    return words % {"n": limits.help_desk_months, "percent": limits.help_desk_in_time}


CADENCE = Feed(3, "outcome", "4", "cadence.meetings", _("review and monitoring cadence"))
REGISTERS: dict[str, Register] = {
    register.slug: register
    for register in (
        _event(
            EventKind.KICKOFF,
            _("Kick-off workshops"),
            _("New kick-off workshop"),
            "place invited attended minutes",
            "place ulbs attended",
            Feed(1, "responsibility", "4", "events.kickoff", _("kick-off workshop")),
        ),
        _event(
            EventKind.UAT,
            _("UAT sessions"),
            _("New UAT session"),
            "place modules participants minutes",
            "modules ulbs place",
            Feed(2, "criterion", "3", "pilot.uat_scheduled", _("UAT scheduled in the pilots")),
            hint=_("Saving a session plans the UAT of its modules in its ULBs for its date."),
        ),
        _event(
            EventKind.TRAINING,
            _("Training workshops"),
            _("New training workshop"),
            "place modules invited attended feedback_method feedback recording",
            "modules ulbs attended feedback_method",
            Feed(3, "responsibility", "2", "events.training", _("training workshops")),
            hint=_(
                "Share the recording with the ULB employees; collect feedback by one of the three methods."
                " Closing a training notes its date as “trained” in its modules of its ULBs, where none is"
                " noted."
            ),
        ),
        _event(
            EventKind.MEETING,
            _("Review meetings"),
            _("New review meeting"),
            "place attended minutes",
            "place attended points",
            CADENCE,
            needs=_meetings,
        ),
        Register(
            "cadence",
            Cadence,
            _("Cadence of reviews"),
            _("Cadence of reviews"),
            ("every", "chair", "since"),
            (CADENCE,),
            single=True,
            needs=_meetings,
        ),
        Register(
            "help_desk",
            HelpDesk,
            _("Help desk"),
            _("Help desk"),
            ("number", "email", "hours", "staff", "since"),
            (Feed(3, "outcome", "3", "help_desk.effective", _("help desk set up and effective")),),
            single=True,
            needs=_desk,
        ),
        Register(
            "incidents",
            Incident,
            _("Incidents"),
            _("New incident"),
            ("title", "severity", "owner", "module", "ulb", "opened_on", "detail", "solution"),
            (Feed(3, "outcome", "5a", "criticals.fixed", _("critical bugs fixed")),),
            columns=("severity", "owner", "ulb", "module", "opened_on", "age"),
            filters=("severity", "owner"),
            needs=_criticals,
            order=(F("closed_on").desc(nulls_first=True), "-opened_on", "-pk"),
        ),
        _event(
            EventKind.CAMPAIGN,
            _("Awareness campaigns"),
            _("New awareness campaign"),
            "place channel reach",
            "channel reach ulbs",
            Feed(4, "responsibility", "3", "events.campaign", _("awareness campaigns")),
            filters=("channel",),
        ),
        Register(
            "policy",
            PolicyItem,
            _("Policy items"),
            _("New policy item"),
            ("topic", "title", "status", "since", "order_number", "note"),
            (
                Feed(2, "responsibility", "1", "policy.change", _("policy change")),
                Feed(4, "responsibility", "4", "policy.transactions", _("100% transactions as KPI")),
            ),
            columns=("topic", "status", "since", "order_number"),
            filters=("topic", "status"),
            order=("-since", "-pk"),
            hint=_("Where no change is needed, say so: “Not needed” is an answer."),
        ),
    )
}

if REGISTERS.keys() != WRITES.keys():
    raise RuntimeError("ulbs.registers and ulbs.rules.registers name different registers")

LONG = frozenset({"minutes", "participants", "feedback", "detail", "solution", "note", "taken"})
COUNTED = {"ulbs": "ulb_count", "points": "points_open"}
LABELS = {
    "ulbs": _("ULBs"),
    "ulb": _("ULB"),
    "points": _("action points open"),
    "age": _("open for"),
}


def label(model: type[Model], name: str) -> str:
    """What a form and a list call a field or a counted column."""
    words = LABELS[name] if name in LABELS else model._meta.get_field(name).verbose_name  # type: ignore[union-attr]
    return capfirst(str(words))


def shown(row: Any, name: str, day: date | None = None) -> str:
    """A value as pages show it, today or on a past day; a dash where there is none."""
    if name == "age":
        count = days_since(row.opened_on) if day is None else (day - row.opened_on).days
        return "–" if row.closed_on else ngettext("%(n)s day", "%(n)s days", count) % {"n": count}
    if name in {"modules", "module"}:
        return module_names(getattr(row, name)) or "–"
    told = getattr(row, f"get_{name}_display", None)
    value = told() if told is not None else getattr(row, COUNTED.get(name, name))
    if value in (None, ""):
        return "–"
    if isinstance(value, date):
        return show(value)
    return indian(value) if isinstance(value, int) else str(value)


def module_names(codes: str) -> str:
    """`PGR,PT` as names in the reader's language."""
    known = modules()
    return ", ".join(known[code].in_(get_language() or "en") for code in codes.split(",") if code in known)
