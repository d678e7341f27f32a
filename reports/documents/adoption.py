"""The monthly figures in the monthly progress report."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from nudm.core.dates import show
from nudm.core.money import indian
from reports.documents.facts import Facts
from reports.documents.parts import INT, NUMBER, Part, column, section, table
from reports.periods import month_before
from ulbs.catalogue import metrics
from ulbs.rules.months import Reported, of_ulbs_beside_own, share_of


def adoption(now: Facts, before: Facts, month: date, language: str) -> Part:
    """Each figure of the month beside the month before; under it, where the State/UT's own total stands."""
    rows: list[list[Any]] = []
    own: list[str] = []
    for metric in metrics().values():
        name = metric.in_(language)
        told, past = now.figure(metric.code, month), before.figure(metric.code, month_before(month))
        whole = now.figure(metric.of, month) if metric.of else None
        share = share_of(told, whole)
        percent = f"{100 * share.part / share.whole:.0f}%" if share and share.whole else None
        if percent and of_ulbs_beside_own(told, whole):
            percent = _("ULBs: %(share)s") % {"share": percent}
        if told or past:
            value, last = told and int(told.value), past and int(past.value)
            rows.append([name, value, percent, last, _change(told, past)])
        if metric.level == "ulb":
            both = ((month, told), (month_before(month), past))
            own += [_own(name, when, row) for when, row in both if row and row.own is not None]
    columns = [
        column(_("Figure"), width=5),
        column(_("This month"), INT, 2),
        column(_("Share"), NUMBER),
        column(_("Month before"), INT, 2),
        column(pgettext("difference", "Change"), INT, 2, by_day=True),
    ]
    return section(
        "figures",
        _("F. Adoption, data pushes and help desk"),
        table(columns, rows, empty=_("No figure was reported for this month or the one before.")),
        text=own,
    )


def _change(told: Reported | None, past: Reported | None) -> int | None:
    """What was not reported is not nought, and a total of the State/UT is not held against the sum over some
    of its ULBs: no difference can be told."""
    if told is None or past is None or (told.own is None) != (past.own is None):
        return None
    return int(told.value) - int(past.value)


def _own(figure: str, month: date, told: Reported) -> str:
    """That the State/UT's own total stands, and what its ULBs reported beside it."""
    which = {"figure": figure, "month": show(month)[3:]}
    if not told.by:
        return _("%(figure)s, %(month)s: the State/UT's own total; no ULB reported it.") % which
    words = ngettext(
        "%(figure)s, %(month)s: the State/UT's own total; %(n)s ULB reported, %(sum)s in all.",
        "%(figure)s, %(month)s: the State/UT's own total; %(n)s ULBs reported, %(sum)s in all.",
        told.by,
    )
    return words % (which | {"n": indian(told.by), "sum": indian(int(told.total))})
