"""Verbs on reports: ask, make, subscribe, and what falls due."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from nudm.core import jobs, mail
from nudm.core.dates import show, today
from nudm.core.errors import NotAllowed, Refused
from nudm.core.models import Job, Outbox
from nudm.core.pdf import PdfFailed
from reports import snapshot
from reports.models import Report, Subscription
from reports.pdf import render_pdf
from states import access
from states.access import appointments_on, visible
from states.actions import record
from states.models import Post, State


@transaction.atomic
def ask(
    kind: str,
    state: State | None,
    language: str,
    *,
    by: Any,
    period: str = "",
    mail_to: int | None = None,
) -> tuple[Report, Job]:
    """Promise a report: the row and the job in one transaction. The same kind, state, period and
    language is one report, whoever asks.

    Raises NotAllowed for a national summary outside the national teams.
    """
    if by is not None:
        if state is None and not access.is_national(by):
            raise NotAllowed(_("The national summary is for the centre and the ministry."))
        if state is not None:
            access.require(by, "view_state", state)
    period = period or f"as-on-{timezone.localtime():%Y-%m-%d-%H%M%S-%f}"
    key = f"{kind}:{state.iso if state else 'IN'}:{period}:{language}"
    report, _made = Report.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "state": state,
            "language": language,
            "period": period,
            "as_on": today(),
            "asked_by": by,
        },
    )
    job, _new = jobs.enqueue(
        "report",
        f"report:{key}",
        asked_by=by,
        tenant=state.pk if state else None,
        report=report.pk,
    )
    record("report.ask", by=by, state=state, target=report, kind=kind, language=language)
    return report, job


@jobs.handler("report")
def make(job: Job) -> Callable[[], None]:
    """Freeze the figures in one short transaction and render the PDF outside it; the result is written
    once: a report that has its content keeps it."""
    report = Report.objects.select_related("state").get(pk=job.args["report"])
    if report.made_at is not None:
        return _nothing
    with transaction.atomic():
        if report.state is not None:
            content = snapshot.of_state(report.state, report.language)
        else:
            content = snapshot.of_nation(State.objects.order_by("name"), report.language)
    digest = snapshot.digest_of(content)
    try:
        pdf = render_pdf(content, digest)
    except PdfFailed as error:
        words = error.message
        return lambda: _failed(report, words)
    return lambda: _made(report, content, digest, pdf)


def _nothing() -> None:
    """The report was made before."""


def _failed(report: Report, words: str) -> None:
    Report.objects.filter(pk=report.pk).update(failed=words)


def _made(report: Report, content: dict[str, Any], digest: str, pdf: bytes) -> None:
    report.content, report.digest, report.made_at = content, digest, timezone.now()
    report.file.save(f"{report.pk}-{digest[:16]}.pdf", ContentFile(pdf), save=False)
    report.save(update_fields=["content", "digest", "file", "made_at"])
    record("report.make", state=report.state, target=report, digest=digest)


@transaction.atomic
def subscribe(
    post: Post, kind: str, state: State | None, *, weekday: int, language: str, by: Any
) -> Subscription:
    """Send a report to a post every week. Raises NotAllowed for a post that is not one's own and
    that one does not manage, Refused when the post's team may not see what the report shows."""
    own = post.pk in {held.pk for held in access.held_posts(by)}
    if not own:
        access.require(by, "manage_people", post)
    national = post.team.is_national
    served = state is not None and access.served_states(post.team).filter(pk=state.pk).exists()
    if not (national or served):
        raise Refused(_("This post may not see what the report shows."), code="not_visible")
    row, _made = Subscription.objects.update_or_create(
        post=post,
        kind=kind,
        state=state,
        defaults={
            "weekday": weekday,
            "language": language,
            "active": True,
            "made_by": by,
        },
    )
    record("subscription.set", by=by, state=state, target=row, weekday=weekday)
    return row


@transaction.atomic
def unsubscribe(row: Subscription, *, by: Any) -> None:
    """End a subscription of one's own post or of one that one manages."""
    if row.post_id not in {held.pk for held in access.held_posts(by)}:
        access.require(by, "manage_people", row.post)
    Subscription.objects.filter(pk=row.pk).update(active=False)
    record("subscription.end", by=by, state=row.state, target=row)


def queue_due(day: date) -> list[int]:
    """Promise the reports of the subscriptions whose weekday `day` is; the ids of the jobs.

    Keyed by the day, so that a doubled scheduler, or one that ran late, changes nothing.
    """
    promised: list[int] = []
    due = Subscription.objects.filter(active=True, weekday=day.weekday()).select_related("state", "post")
    for row in due:
        if not appointments_on(day).filter(post=row.post).exists():
            continue
        with transaction.atomic():
            _report, job = ask(
                row.kind,
                row.state,
                row.language,
                by=None,
                period=f"week-{day.isoformat()}",
            )
            promised.append(job.pk)
    return promised


def queue_mails(day: date) -> list[int]:
    """Promise the mails of the day's finished reports, one per report and holder; the ids of the rows."""
    promised: list[int] = []
    due = Subscription.objects.filter(active=True, weekday=day.weekday()).select_related(
        "state", "post__team__state"
    )
    for row in due:
        iso = row.state.iso if row.state else "IN"
        key = f"{row.kind}:{iso}:week-{day.isoformat()}:{row.language}"
        report = Report.objects.filter(key=key, made_at__isnull=False).first()
        holder = appointments_on(day).filter(post=row.post).select_related("person").first()
        if report is None or holder is None:
            continue
        promised.append(_promise(report, row, holder.person).pk)
    return promised


def _promise(report: Report, row: Subscription, person: Any) -> Outbox:
    content = report.content or {}
    with override(row.language):
        text = _(
            "%(title)s, as on %(day)s, is attached.\n\n"
            "You receive it as holder of the post “%(post)s”. You can end this on the page “Reports”."
        ) % {
            "title": content.get("title", ""),
            "day": show(report.as_on),
            "post": row.post,
        }
        return mail.post(
            f"report:{report.pk}:{row.post_id}:{person.pk}",
            person.email,
            f"{content.get('title', '')} ({show(report.as_on)})",
            text,
            kind="hold",
            reader=person,
            tenant=report.state_id,
            attachments=[{"by": "report", "report": report.pk}],
        )


def attach(named: dict[str, Any]) -> mail.Attachment:
    """A report's PDF for a mail."""
    report = Report.objects.select_related("state").get(pk=named["report"])
    with report.file.open("rb") as file:
        return file_name(report), "application/pdf", file.read()


def file_name(report: Report) -> str:
    """`nudm-progress-KL-2026-11-23-en.pdf`."""
    iso = report.state.iso if report.state else "IN"
    return f"nudm-{report.kind}-{iso}-{report.as_on:%Y-%m-%d}-{report.language}.pdf"


def still_allowed(row: Outbox) -> bool:
    """Whether the reader may see the report now: an officer relieved since then gets nothing."""
    _word, report, post, _person = row.key.split(":")
    if row.reader is None or not row.reader.is_active:
        return False
    access.forget(row.reader)
    holds = appointments_on(today()).filter(post=int(post), person=row.reader).exists()
    return holds and visible(Report, row.reader).filter(pk=int(report)).exists()


mail.ATTACHERS["report"] = attach
mail.STILL_ALLOWED["report"] = still_allowed
