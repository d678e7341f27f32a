"""The state's registers: what each is called, asks for, shows, and which lines of the deck it feeds."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, Model, OrderBy
from django.utils.translation import gettext_lazy as _

from ulbs import thresholds
from ulbs.models import TOPIC_LABELS, Cadence, Event, HelpDesk, Incident, PolicyItem, Trainer
from ulbs.rules.counting import Limits
from ulbs.rules.events import EventKind, Topic
from ulbs.rules.registers import WRITES

SETTLED = (PolicyItem.Status.NOT_NEEDED, PolicyItem.Status.NOTIFIED)
SECTIONS = {
    "outcome": _("outcome"),
    "responsibility": _("responsibility"),
    "criterion": _("completion criterion"),
    "role": _("role of NIUA-CDG, no."),
    "recommendation": _("recommendation"),
}


@dataclass(frozen=True, slots=True)
class Feed:
    """The line of the deck that a register's entries feed, and the measure that counts them."""

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
        """Where the stage's checklist shows the line; what stands beside it has no place of its own."""
        own = self.section in {"outcome", "criterion"}
        return f"#l{self.number}-{self.section}" if own else ""

    @property
    def settles(self) -> bool:
        """Whether the line is met by it; what the centre does, and what is recommended, is only counted."""
        return self.section not in {"role", "recommendation"}


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
        """Whether ULBs take part in its events; a review is the State/UT's own."""
        return "ulbs" in self.columns

    @property
    def closes(self) -> bool:
        """Whether its entries are closed at the end; policy items are settled, the others stay."""
        return self.model in {Event, Incident}

    @property
    def is_open(self) -> dict[str, Any]:
        """The filter by which its entries wait for somebody."""
        if self.closes:
            return {"closed_on__isnull": True}
        return {"status__in": [s for s in PolicyItem.Status if s not in SETTLED]} if self.settled else {}

    def in_order(self, rows: Iterable[Any]) -> list[Any]:
        """Rows at hand in the order in which the database lists them."""
        found = list(rows)
        for key in reversed(self.order):
            found.sort(**_as_sorted(key))
        return found

    @property
    def settled(self) -> bool:
        """Whether its entries have a status that settles them."""
        return self.model is PolicyItem


def _as_sorted(key: Any) -> dict[str, Any]:
    """A key of an order as `list.sort` takes it; what is empty comes first where the key says so."""
    if isinstance(key, OrderBy):
        name, down, empty_first = key.expression.name, key.descending, bool(key.nulls_first)
    else:
        name, down, empty_first = key.removeprefix("-"), key.startswith("-"), False

    def value(row: Any) -> tuple[bool, Any]:
        """The flag is true for what is sorted behind all others, which stands first where all is reversed."""
        held = getattr(row, name)
        behind = (held is None) == (empty_first == down)
        return behind, "" if held is None else held

    return {"key": value, "reverse": down}


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
            "place modules invited attended participants feedback_method feedback recording",
            "modules ulbs attended feedback_method",
            Feed(3, "responsibility", "2", "events.training", _("training workshops")),
            Feed(3, "role", "3", "events.training", _("training and capacity building")),
            Feed(3, "recommendation", "3a", "feedback.calls", _("feedback calls")),
            Feed(3, "recommendation", "3b", "feedback.reverse_kt", _("reverse knowledge transfer")),
            hint=_(
                "Share the recording with the ULB employees; collect feedback by one or more of the three"
                " methods. Closing a training notes its date as “trained” in its modules of its ULBs, where"
                " none is noted."
            ),
        ),
        _event(
            EventKind.MEETING,
            _("Review meetings"),
            _("New review meeting"),
            "place attended with_centre minutes",
            "place attended with_centre points",
            CADENCE,
            Feed(3, "role", "4", "cadence.centre", _("meetings in which NIUA-CDG took part")),
            needs=thresholds.meetings,
        ),
        _event(
            EventKind.REVIEW,
            _("Reviews with NIUA-CDG"),
            _("New review with NIUA-CDG"),
            "topic place participants minutes",
            "topic place findings",
            Feed(2, "role", "5", "reviews.design", TOPIC_LABELS[Topic.DESIGN]),
            Feed(3, "role", "1", "reviews.solution", TOPIC_LABELS[Topic.SOLUTION]),
            Feed(3, "role", "5", "reviews.incidents", TOPIC_LABELS[Topic.INCIDENTS]),
            Feed(3, "role", "6", "reviews.plans", TOPIC_LABELS[Topic.PLANS]),
            Feed(4, "role", "1", "reviews.usage", TOPIC_LABELS[Topic.USAGE]),
            Feed(4, "role", "2", "reviews.citizens", TOPIC_LABELS[Topic.CITIZENS]),
            filters=("topic",),
            hint=_("What a review finds is logged as incidents, from its page; they stay linked to it."),
        ),
        Register(
            "trainers",
            Trainer,
            _("Trainers of ULB clusters"),
            _("New trainer"),
            ("title", "cluster", "ulb", "modules", "contact", "since", "until"),
            (Feed(3, "recommendation", "3c", "trainers.named", _("train the trainers in the ULB cluster")),),
            columns=("cluster", "ulb", "modules", "since", "until"),
            order=(F("until").desc(nulls_first=True), "cluster", "title", "pk"),
        ),
        Register(
            "cadence",
            Cadence,
            _("Cadence of reviews"),
            _("Cadence of reviews"),
            ("every", "chair", "since"),
            (CADENCE,),
            single=True,
            needs=thresholds.meetings,
        ),
        Register(
            "help_desk",
            HelpDesk,
            _("Help desk"),
            _("Help desk"),
            ("number", "email", "hours", "staff", "since"),
            (Feed(3, "outcome", "3", "help_desk.effective", _("help desk set up and effective")),),
            single=True,
            needs=thresholds.desk,
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
            needs=thresholds.criticals,
            order=(F("closed_on").desc(nulls_first=True), "-opened_on", "-pk"),
        ),
        _event(
            EventKind.CAMPAIGN,
            _("Awareness campaigns"),
            _("New awareness campaign"),
            "place channel reach",
            "channel reach ulbs",
            Feed(4, "responsibility", "3", "events.campaign", _("multi-channel awareness campaigns")),
            filters=("channel",),
            needs=thresholds.campaigns,
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
            hint=_(
                "Where no change is needed, say so: “Not needed” is an answer. 100% transactions are a KPI"
                " once the policy is settled and digital transactions have a target."
            ),
        ),
    )
}

if REGISTERS.keys() != WRITES.keys():
    raise RuntimeError("ulbs.registers and ulbs.rules.registers name different registers")
