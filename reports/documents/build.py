"""The content of a report: what its kind says, frozen as plain JSON."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from nudm.core.dates import financial_year, show, show_month, today
from phases.catalogue import catalogue
from phases.models import Closure
from phases.progress import progress_of
from reports import snapshot
from reports.documents import mpr, nation, others
from reports.documents.annexure import annexure
from reports.documents.facts import Facts, facts_of
from reports.documents.parts import Part
from reports.models import Report
from reports.periods import closing_day, first_of, month_before
from states.models import Appointment, State, by_label
from states.verify import head_of

K = Report.Kind


def content_of(report: Report) -> dict[str, Any]:
    """What the report says, in its language, as known at the end of the day that it names; and how far
    the audit log has come, so that nobody can shorten or rewrite it behind a paper's back."""
    return {**_content_of(report), "audit": head_of(report.state)}


def _content_of(report: Report) -> dict[str, Any]:
    past = report.as_on if report.as_on < today() else None
    if report.kind == K.PROGRESS and report.state is not None:
        return snapshot.of_state(report.state, report.language, past)
    if report.kind == K.NATIONAL:
        return snapshot.of_nation(State.objects.all(), report.language, past)
    with override(report.language):
        head = _head(report)
        sections = SECTIONS[report.kind](report)
        return {
            "kind": report.kind,
            "language": report.language,
            "title": _title(report),
            "head": [[str(label), str(value)] for label, value in head],
            "as_on": show(report.as_on),
            "catalogue": catalogue().version,
            "sections": sections,
        }


def _title(report: Report) -> str:
    kind = str(report.get_kind_display())
    if report.state is None:
        return kind
    if report.month is not None:
        return _("%(kind)s, %(month)s: %(state)s") % {
            "kind": kind,
            "month": show_month(report.month),
            "state": report.state.label,
        }
    return _("%(kind)s: %(state)s") % {"kind": kind, "state": report.state.label}


def _head(report: Report) -> list[tuple[str, Any]]:
    day = report.month or report.as_on
    head: list[tuple[str, Any]] = [
        (_("As on"), show(report.as_on)),
        (_("Financial year"), financial_year(day)),
    ]
    if report.state is not None:
        head.append((_("LGD code"), str(report.state.lgd_code)))
        if report.kind != K.CERTIFICATE:
            head.append((_("Post"), str(report.post or "") or _nodal(report)))
    if report.month is not None:
        head.append((_("Version"), _version(report)))
    if report.kind in {K.MPR, K.BRIEF, K.REVIEW}:
        head.append((_("Changes since"), show(_before(report))))
    if report.supersedes is not None:
        head.append((_("Takes the place of"), report.supersedes.code))
        head.append((_("Corrected"), report.reason))
    return head


def _version(report: Report) -> str:
    if report.as_on < closing_day(report.month or report.as_on, settings.CLOSING_DAY):
        return _("provisional; the month closes on %(day)s") % {
            "day": show(closing_day(report.month or report.as_on, settings.CLOSING_DAY))
        }
    return str(report.number)


def _nodal(report: Report) -> str:
    held = (
        Appointment.objects.filter(
            post__team__state=report.state, post__kind="nodal_officer", post__team__role="state"
        )
        .filter(start__lte=report.as_on)
        .exclude(until__lte=report.as_on)
        .select_related("post")
        .first()
    )
    return str(held.post) if held is not None else _("the nodal officer's post is vacant")


def _two(report: Report) -> tuple[Facts, Facts]:
    """What was known on the report's day, and at the close of the month before."""
    state = _state(report)
    month = report.month or first_of(report.as_on)
    return facts_of(state, report.as_on, since=month), facts_of(state, _before(report))


def _before(report: Report) -> date:
    """The day with which a report compares: the close of the month before, or 30 days ago."""
    if report.kind == K.REVIEW:
        last = closing_day(month_before(first_of(report.as_on)), settings.CLOSING_DAY)
        earlier = month_before(month_before(first_of(report.as_on)))
        return last if last < report.as_on else closing_day(earlier, settings.CLOSING_DAY)
    if report.month is None:
        return report.as_on - timedelta(days=30)
    return min(closing_day(month_before(report.month), settings.CLOSING_DAY), report.as_on)


def _state(report: Report) -> State:
    if report.state is None:
        raise ValueError(f"a report of kind {report.kind} is about a State/UT")
    return report.state


def _mpr(report: Report) -> list[Part]:
    now, before = _two(report)
    return mpr.sections(now, before, report.month or first_of(report.as_on), report.language)


def _brief(report: Report) -> list[Part]:
    return others.brief(*_two(report), report.language)


def _annexure(report: Report) -> list[Part]:
    return [annexure(facts_of(_state(report), report.as_on), report.language)]


def _charge(report: Report) -> list[Part]:
    post = report.post
    if post is None:
        raise ValueError("a charge report is about a post")
    holders = list(Appointment.objects.filter(post=post, start__lte=report.as_on).select_related("person"))
    return others.charge(facts_of(_state(report), report.as_on), holders, report.language)


def _certificate(report: Report) -> list[Part]:
    closure = Closure.objects.select_related("state", "post__team").get(pk=report.closure_id)
    return others.certificate(closure, report.language)


def _review(report: Report) -> list[Part]:
    states = by_label(State.objects.all())
    before = _before(report)
    now = progress_of(states, since=before, as_on=report.as_on)
    return nation.sections(states, now, progress_of(states, as_on=before), before)


SECTIONS: dict[str, Callable[[Report], list[Part]]] = {
    K.MPR: _mpr,
    K.BRIEF: _brief,
    K.ANNEXURE: _annexure,
    K.CHARGE: _charge,
    K.CERTIFICATE: _certificate,
    K.REVIEW: _review,
}


def day_for(month: date) -> date:
    """The day whose knowledge a month's report shows: its closing day, or today while it is open."""
    return min(closing_day(month, settings.CLOSING_DAY), today())


def last_closed() -> date:
    """The newest month that is closed today, by its first day."""
    month = month_before(first_of(today()))
    return month if today() > closing_day(month, settings.CLOSING_DAY) else month_before(month)
