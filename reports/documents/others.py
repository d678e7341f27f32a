"""The state brief of one page, the charge report of a post, and the certificate of a closed stage."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from nudm.core.dates import show
from nudm.core.templatetags.ui import PARTY_WORDS, STATUS_WORDS
from phases.catalogue import catalogue
from phases.models import Closure
from phases.rules import SETTLED, Status
from reports.documents.facts import Facts, known_change, no_ulb
from reports.documents.mpr import ROLLOUT, left_from
from reports.documents.older import since_closing
from reports.documents.parts import DATE, INT, SHARE, Part, column, section, table
from states.models import Appointment

FEW = 6


def brief(now: Facts, before: Facts, language: str) -> list[Part]:
    """One page for the officer who is asked at short notice: gates, what they wait for, towns."""
    stages = [
        [
            stage.number,
            catalogue().stage(stage.number).title.in_(language),
            str(STATUS_WORDS[stage.status]),
            [stage.met, stage.total] if stage.total else None,
            stage.met - past.met if stage.total else None,
        ]
        for stage, past in zip(now.progress.stages, before.progress.stages, strict=True)
    ]
    shut = [
        [b.line.text.in_(language), str(PARTY_WORDS[b.party.value]), b.days]
        for stage in now.progress.stages[:3]
        if stage.status == "in_progress"
        for b in stage.blockers
    ]
    towns = [
        [words, now.progress.tallies[m], now.progress.tallies[m].n - before.progress.tallies[m].n]
        for words, m in ROLLOUT
    ]
    left = len(shut) - FEW
    return [
        section(
            "stages",
            _("Stages and gates"),
            table(
                [
                    column(_("Stage")),
                    column(_("Name"), width=5),
                    column(_("Status"), width=2),
                    column(_("Criteria met"), SHARE, 2),
                    column(pgettext("difference", "Change"), INT, by_day=True),
                ],
                stages,
            ),
            *since_closing(now.progress.stages, language),
        ),
        section(
            "attention",
            _("What keeps the gate shut"),
            table(
                [column(_("Line"), width=6), column(_("With"), width=2), column(_("Days"), INT, by_day=True)],
                shut[:FEW],
                empty=_("Nothing keeps an open stage's gate shut."),
            ),
            text=[_("%(n)s more lines are in the progress report.") % {"n": left}] if left > 0 else [],
        ),
        section(
            "rollout",
            _("Roll-out in the ULBs"),
            table(
                [
                    column(_("ULBs"), width=5),
                    column(_("Now"), SHARE, 2),
                    column(pgettext("difference", "Change"), INT, by_day=True),
                ],
                towns if now.ulbs else [],
                empty=no_ulb(),
            ),
            text=[known_change(before.day), *left_from(now.progress)] if now.ulbs else [],
        ),
    ]


def charge(now: Facts, holders: list[Appointment], language: str) -> list[Part]:
    """What lies on the desk of a post when it is handed over: open lines, incidents, dates, holders."""
    lines = sorted(
        (item for item in now.progress.items.values() if Status(item.status) not in SETTLED),
        key=lambda item: (item.stage, item.code),
    )
    rows = [
        [
            item.line.ref,
            item.line.text.in_(language),
            str(STATUS_WORDS[item.status]),
            str(PARTY_WORDS[now.progress.clocks[item.code].party.value]),
            now.progress.clocks[item.code].since,
            item.due,
        ]
        for item in lines
    ]
    incidents = [
        [i.title, i.get_severity_display(), i.opened_on, (now.day - i.opened_on).days]
        for i in now.open_incidents()
    ]
    held = [[a.person.label, a.start, a.until, a.order_number] for a in holders]
    batches = [
        [str(batch), batch.planned_on, batch.started_on, batch.ended_on]
        for batch in now.batches
        if batch.ended_on is None
    ]
    return [
        section(
            "holders",
            _("Holders of the post"),
            table(
                [
                    column(_("Name"), width=4),
                    column(_("From"), DATE, 2),
                    column(_("Until"), DATE, 2),
                    column(_("Order number"), width=3),
                ],
                held,
                empty=_("The post is vacant."),
            ),
        ),
        section(
            "open",
            _("Lines that are open"),
            table(
                [
                    column(_("No."), width=4),
                    column(_("Line"), width=12),
                    column(_("Status"), width=5),
                    column(_("With"), width=6),
                    column(_("Since"), DATE, 5),
                    column(_("Target date"), DATE, 5),
                ],
                rows,
                empty=_("No line is open."),
            ),
        ),
        section(
            "batches",
            _("Batches under way or to come"),
            table(
                [
                    column(_("Batch"), width=3),
                    column(_("Planned from"), DATE, 2),
                    column(_("Started on"), DATE, 2),
                    column(_("Ended on"), DATE, 2),
                ],
                batches,
                empty=_("No batch is open."),
            ),
        ),
        section(
            "incidents",
            _("Incidents that are open"),
            table(
                [
                    column(_("Incident"), width=6),
                    column(_("Severity"), width=2),
                    column(_("Opened on"), DATE, 2),
                    column(_("Days"), INT, by_day=True),
                ],
                incidents,
                empty=_("No incident is open."),
            ),
        ),
    ]


def certificate(closure: Closure, language: str) -> list[Part]:
    """What a stage was closed on: every completion criterion as it stood, and who signed."""
    deck = catalogue().stage(closure.stage)
    rows: list[list[Any]] = [
        [line.number, line.text.in_(language), str(STATUS_WORDS[closure.saw.get(line.code, "unknown")])]
        for line in deck.section("criterion")
    ]
    told = _(
        "All completion criteria of Stage %(n)s, “%(title)s”, were met in %(state)s. "
        "The stage was closed by %(post)s on %(day)s."
    ) % {
        "n": closure.stage,
        "title": deck.title.in_(language),
        "state": closure.state.label,
        "post": closure.post or _("the centre"),
        "day": show(closure.at),
    }
    return [
        section(
            "criteria",
            _("Stage %(n)s is complete") % {"n": closure.stage},
            table(
                [column(_("No.")), column(_("Completion criterion"), width=7), column(_("Status"), width=2)],
                rows,
            ),
            text=[told],
        )
    ]
