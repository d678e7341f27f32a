"""The monthly progress report (MPR): what a state's office writes by hand each month, from the same facts."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from nudm.core.dates import day_of, show, show_month
from nudm.core.left import left_words
from nudm.core.money import indian
from nudm.core.templatetags.ui import PARTY_WORDS, STATUS_WORDS
from phases.catalogue import catalogue
from phases.models import Item
from phases.progress import Progress
from phases.rules import SETTLED, Status
from reports.documents.adoption import adoption
from reports.documents.annexure import annexure
from reports.documents.facts import Facts, dated_change, in_month, no_ulb, types_of
from reports.documents.left import left_tables
from reports.documents.older import since_closing
from reports.documents.parts import DATE, INT, SHARE, Part, column, section, table
from reports.periods import next_month
from ulbs.catalogue import modules
from ulbs.models import EVENT_LABELS, TYPE_LABELS
from ulbs.rules.events import EventKind

ROLLOUT = (
    (gettext_lazy("Pilot ULBs"), "pilot.identified"),
    (gettext_lazy("Planned: pilot or in a batch"), "all.planned"),
    (gettext_lazy("Master data collection started"), "all.master_data_started"),
    (gettext_lazy("Master data validated"), "all.master_data_validated"),
    (gettext_lazy("UAT signed off"), "all.uat_signed_off"),
    (gettext_lazy("Live"), "all.live"),
)


def sections(
    now: Facts, before: Facts, month: date, language: str, page: Progress | None = None
) -> list[Part]:
    """The MPR of one state and month in nine sections, all of facts dated up to the day of `now`; `before` is
    the close of the month before, and `page` what the product's own page of the day says."""
    return [
        _stages(now, before, language),
        _done(now, month, language),
        _slipped(now, language),
        _rollout(now, before, page or now.progress),
        _modules(now, before, language),
        adoption(now, before, month, language),
        _gatherings(now, month),
        _attention(now, language),
        _plan(now, month, language),
        annexure(now, language),
    ]


def _stages(now: Facts, before: Facts, language: str) -> Part:
    rows = []
    for stage, past in zip(now.progress.stages, before.progress.stages, strict=True):
        deck = catalogue().stage(stage.number)
        met = [stage.met, stage.total] if stage.total else None
        rows.append(
            [
                stage.number,
                deck.title.in_(language),
                str(STATUS_WORDS[stage.status]),
                met,
                stage.met - past.met if stage.total else None,
                [stage.outcomes.n, stage.outcomes.of],
                stage.outcomes.n - past.outcomes.n,
                stage.closed_on,
            ]
        )
    columns = [
        column(_("Stage"), width=3),
        column(_("Name"), width=8),
        column(_("Status"), width=4),
        column(_("Criteria met"), SHARE, 3),
        column(pgettext("difference", "Change"), INT, 3, by_day=True),
        column(_("Outcomes met"), SHARE, 4),
        column(pgettext("difference", "Change"), INT, 3, by_day=True),
        column(_("Closed on"), DATE, 5),
    ]
    return section(
        "stages",
        _("A. Stages and gates"),
        table(columns, rows),
        *since_closing(now.progress.stages, language),
        text=[stage.warning for stage in now.progress.stages if stage.warning],
        bars=[
            (_("Stage %(n)s") % {"n": stage.number}, stage.met, stage.total)
            for stage in now.progress.stages
            if stage.total
        ],
    )


def _ref(item: Item, language: str) -> list[Any]:
    return [item.line.ref, item.line.text.in_(language)]


def _done(now: Facts, month: date, language: str) -> Part:
    done = [
        item
        for item in now.progress.items.values()
        if Status(item.status) in SETTLED and in_month(day_of(item.since), month)
    ]
    rows = [
        [*_ref(i, language), str(STATUS_WORDS[i.status]), day_of(i.since)]
        for i in sorted(done, key=lambda i: i.since)
    ]
    return section(
        "done",
        _("B. Done this month"),
        table(
            [
                column(_("No.")),
                column(_("Line"), width=7),
                column(_("Status"), width=2),
                column(_("Date"), DATE, 2),
            ],
            rows,
            empty=_("No line was accepted or agreed not applicable this month."),
        ),
    )


def _slipped(now: Facts, language: str) -> Part:
    late = [
        item
        for item in now.progress.items.values()
        if item.due is not None and item.due < now.day and Status(item.status) not in SETTLED
    ]
    rows = [
        [
            *_ref(item, language),
            item.due,
            (now.day - (item.due or now.day)).days,
            str(PARTY_WORDS[now.progress.clocks[item.code].party.value]),
            item.answer if item.status == Status.RETURNED.value else "",
        ]
        for item in sorted(late, key=lambda item: item.due or now.day)
    ]
    columns = [
        column(_("No."), width=3),
        column(_("Line"), width=8),
        column(_("Target date"), DATE, 3),
        column(_("Days late"), INT, 2, by_day=True),
        column(_("With"), width=3),
        column(_("Reason"), width=6),
    ]
    return section(
        "slipped", _("C. Slipped, and with whom"), table(columns, rows, empty=_("No target date was missed."))
    )


def _rollout(now: Facts, before: Facts, page: Progress) -> Part:
    rows = []
    for words, measure in ROLLOUT:
        ratio, past = now.progress.tallies[measure], before.progress.tallies[measure]
        rows.append([words, ratio, past, ratio.n - past.n])
    columns = [
        column(_("ULBs"), width=4),
        column(_("At the close of this month"), SHARE, 2),
        column(_("Month before"), SHARE, 2),
        column(pgettext("difference", "Change"), INT, by_day=True),
    ]
    by_type: list[list[Any]] = [
        [str(TYPE_LABELS[code]), len(rows_), sum(u.pilot for u in rows_), sum(bool(u.live_on) for u in rows_)]
        for code, rows_ in types_of(now.ulbs).items()
    ]
    types = [
        column(_("Type"), width=4),
        column(_("ULBs"), INT),
        column(_("Pilots"), INT),
        column(_("Live"), INT),
    ]
    total = [_("All"), *(sum(int(row[n]) for row in by_type) for n in (1, 2, 3))]
    title = _("D. Roll-out in the ULBs")
    if not now.ulbs:
        return section("rollout", title, table(types, [], empty=no_ulb()))
    return section(
        "rollout",
        title,
        table(columns, rows),
        table(types, by_type, total=total),
        *left_tables(now),
        text=[
            dated_change(now.day, before.day),
            *_told_late(now, page),
            *left_from(now.progress),
        ],
        bars=[(words, now.progress.tallies[m].n, now.progress.tallies[m].of) for words, m in ROLLOUT],
    )


def left_from(progress: Progress) -> list[str]:
    """How many have left each of these counts, where any has."""
    left = [(words, left_words(progress.tallies[measure])) for words, measure in ROLLOUT]
    return [f"{words}: {told}" for words, told in left if told]


def _told_late(now: Facts, page: Progress) -> list[str]:
    """Where the counts differ from the product's own page of the day, because facts were told later."""
    said = []
    for words, measure in ROLLOUT:
        ours, theirs = now.progress.tallies[measure].n, page.tallies[measure].n
        if ours != theirs:
            said.append(
                _(
                    "%(what)s: the page as on %(day)s says %(page)s. The rest was entered later, until "
                    "%(known)s, with days up to %(day)s."
                )
                % {
                    "what": words,
                    "day": show(now.day),
                    "page": indian(theirs),
                    "known": show(now.known),
                }
            )
    return said


def _modules(now: Facts, before: Facts, language: str) -> Part:
    rows = [
        [
            modules()[code].in_(language),
            now.live(code),
            before.live(code),
            now.live(code).n - before.live(code).n,
        ]
        for code in now.modules
    ]
    columns = [
        column(_("Module"), width=4),
        column(_("ULBs live, of those planned"), SHARE, 2),
        column(_("Month before"), SHARE, 2),
        column(pgettext("difference", "Change"), INT, by_day=True),
    ]
    return section(
        "modules", _("E. Modules"), table(columns, rows, empty=_("No module is planned in any ULB yet."))
    )


def _gatherings(now: Facts, month: date) -> Part:
    rows = [
        [event.on, str(EVENT_LABELS[EventKind(event.kind)]), event.title, event.attended, event.reach]
        for event in now.events
        if in_month(event.on, month) and event.on <= now.day and event.closed_on is not None
    ]
    columns = [
        column(_("Date"), DATE, 4),
        column(_("Kind"), width=5),
        column(_("Subject"), width=9),
        column(_("Present"), INT, 3),
        column(_("Reached"), INT, 4),
    ]
    return section(
        "events",
        _("G. Trainings, sessions, reviews and campaigns"),
        table(columns, rows, empty=_("None was held this month.")),
    )


def _attention(now: Facts, language: str) -> Part:
    shut = [
        [b.line.ref, b.line.text.in_(language), str(PARTY_WORDS[b.party.value]), b.days]
        for stage in now.progress.stages[:3]
        if stage.status == "in_progress"
        for b in stage.blockers
    ]
    names = {ulb.pk: ulb.label for ulb in now.ulbs}
    incidents = [
        [
            i.title,
            i.get_severity_display(),
            names.get(i.ulb_id or 0, ""),
            i.get_owner_display(),
            (now.day - i.opened_on).days,
        ]
        for i in now.open_incidents()
    ]
    gate = [
        column(_("No.")),
        column(_("What keeps a gate shut"), width=6),
        column(_("With"), width=2),
        column(_("Days"), INT, by_day=True),
    ]
    bugs = [
        column(_("Incident"), width=5),
        column(_("Severity"), width=2),
        column(_("ULB"), width=3),
        column(_("With"), width=2),
        column(_("Days"), INT, by_day=True),
    ]
    return section(
        "attention",
        _("H. Needs action"),
        table(gate, shut, empty=_("Nothing keeps an open stage's gate shut.")),
        table(bugs, incidents, empty=_("No incident is open.")),
    )


def _plan(now: Facts, month: date, language: str) -> Part:
    ahead = next_month(month)
    rows: list[list[Any]] = [
        [item.due, item.line.ref, item.line.text.in_(language)]
        for item in now.progress.items.values()
        if in_month(item.due, ahead) and Status(item.status) not in SETTLED
    ]
    rows += [
        [batch.planned_on, "", _("Batch %(number)s starts") % {"number": batch.number}]
        for batch in now.batches
        if in_month(batch.planned_on, ahead) and batch.started_on is None
    ]
    rows += [
        [event.on, "", f"{EVENT_LABELS[EventKind(event.kind)]}: {event.title}"]
        for event in now.events
        if in_month(event.on, ahead)
    ]
    columns = [column(_("Date"), DATE, 2), column(_("No.")), column(_("What is planned"), width=7)]
    return section(
        "plan",
        _("I. Plan for %(month)s") % {"month": show_month(ahead)},
        table(columns, sorted(rows, key=lambda row: row[0]), empty=_("Nothing is planned with a date.")),
    )
