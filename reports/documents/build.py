"""The content of a report: what its kind says, frozen as plain JSON."""

from collections.abc import Callable
from dataclasses import dataclass
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
from reports.periods import closing_day, first_of, is_closed, last_of, month_before
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
    days = _days(report)
    head: list[tuple[str, Any]] = [(_("As on"), show(days.known))]
    if days.known != days.day:
        head.append((_("Facts dated up to"), show(days.day)))
    head.append((_("Financial year"), financial_year(day)))
    if report.state is not None:
        head.append((_("LGD code"), str(report.state.lgd_code)))
        if report.kind != K.CERTIFICATE:
            head.append((_("Post"), str(report.post or "") or _nodal(report)))
    if report.month is not None:
        head.append((_("Version"), _version(report)))
    if report.kind in {K.MPR, K.BRIEF, K.REVIEW}:
        head.append((_("Changes since"), show(_before(report).day)))
    if report.supersedes is not None:
        head.append((_("Takes the place of"), report.supersedes.code))
        head.append((_("Corrected"), report.reason))
    return head


def _version(report: Report) -> str:
    if report.number == 0 and report.month is not None:
        return _("provisional; the month closes on %(day)s") % {
            "day": show(closing_day(report.month, settings.CLOSING_DAY))
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


@dataclass(frozen=True, slots=True)
class Days:
    """The two days of a report: facts dated up to `day`, as they were known at the end of `known`."""

    day: date
    known: date


def _days(report: Report) -> Days:
    """Those of a month are its last day and its closing day; while it is open, today stands for either."""
    day = report.as_on if report.month is None else min(last_of(report.month), report.as_on)
    return Days(day, report.as_on)


def _before(report: Report) -> Days:
    """Those with which a report compares: of the month before, as its report has them, or 30 days ago."""
    if report.kind == K.REVIEW:
        return _of_month(last_closed(report.as_on))
    if report.month is None:
        day = report.as_on - timedelta(days=30)
        return Days(day, day)
    before = _of_month(month_before(report.month))
    return Days(before.day, min(before.known, _days(report).known))


def _of_month(month: date) -> Days:
    return Days(last_of(month), closing_day(month, settings.CLOSING_DAY))


def _two(report: Report) -> tuple[Facts, Facts]:
    """The facts of the report's days, and those that it compares with."""
    state, days, before = _state(report), _days(report), _before(report)
    month = report.month or first_of(report.as_on)
    return (
        facts_of(state, days.day, known=days.known, since=month),
        facts_of(state, before.day, known=before.known),
    )


def _state(report: Report) -> State:
    if report.state is None:
        raise ValueError(f"a report of kind {report.kind} is about a State/UT")
    return report.state


def _mpr(report: Report) -> list[Part]:
    now, before = _two(report)
    # The product's own page of the day knows no more than was known at its end.
    page = progress_of([now.state], as_on=now.day)[now.state.pk] if now.known > now.day else now.progress
    return mpr.sections(now, before, report.month or first_of(report.as_on), report.language, page)


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
    closure = Closure.objects.select_related("state", "post__team").get(pk=report.closure_id or 0)
    return others.certificate(closure, report.language)


def _review(report: Report) -> list[Part]:
    states = by_label(State.objects.all())
    before = _before(report)
    now = progress_of(states, since=before.day + timedelta(days=1), as_on=report.as_on)
    then = progress_of(states, as_on=before.day, known=before.known)
    return nation.sections(states, now, then, report.as_on, before.day)


SECTIONS: dict[str, Callable[[Report], list[Part]]] = {
    K.MPR: _mpr,
    K.BRIEF: _brief,
    K.ANNEXURE: _annexure,
    K.CHARGE: _charge,
    K.CERTIFICATE: _certificate,
    K.REVIEW: _review,
}


def provisional(report: Report) -> str:
    """That a monthly report was asked for before its month closed; nothing for any other."""
    if report.month is None or report.number > 0:
        return ""
    return _("This report is provisional: the month closes on %(day)s.") % {
        "day": show(closing_day(report.month, settings.CLOSING_DAY))
    }


def last_closed(day: date) -> date:
    """The newest month that is closed on `day`, by its first day."""
    month = month_before(first_of(day))
    return month if is_closed(month, settings.CLOSING_DAY, day) else month_before(month)
