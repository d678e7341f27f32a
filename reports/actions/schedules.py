"""Verbs on schedules: subscribe, pause, and what falls due."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from nudm.core import jobs, mail, scope
from nudm.core.dates import show, today
from nudm.core.errors import Refused
from nudm.core.models import Job, Outbox
from nudm.core.seen import seen, unchanged
from reports import snapshot
from reports.actions import vacancies
from reports.actions.reports import TYPES, Asked, ask, file_name, written
from reports.documents.build import provisional
from reports.models import Holiday, Report, ScheduleRun, Subscription
from reports.periods import first_of, month_before
from reports.schedule import LAST, latest, next_dates
from states import access
from states.access import appointments_on, holders_on, visible
from states.actions import record
from states.models import Post, State

log = logging.getLogger(__name__)

Outcome = ScheduleRun.Outcome
# A run's report may be tried again for as long, and its mail goes to the successor of who left meanwhile.
WAITING = timedelta(days=31)
RULE = ("every", "weekday", "day", "at", "form", "language", "skip_unchanged")


@transaction.atomic
def subscribe(
    post: Post, kind: str, state: State | None, rule: Mapping[str, Any], *, by: Any, saw: str | None = None
) -> Subscription:
    """Send a report to a post by schedule, in place of the one that it has for this report and State/UT.

    Raises NotAllowed for a post that is not one's own and that one does not manage, Conflict when the post's
    schedules are not what `saw` says (`rules_seen`), Refused when the post's team may not see what the
    report shows."""
    own = post.pk in {held.pk for held in access.held_posts(by)}
    if not own:
        access.require(by, "manage_people", post)
    national = post.team.is_national
    served = state is not None and access.served_states(post.team).filter(pk=state.pk).exists()
    if not (national or served):
        raise Refused(_("This post may not see what the report shows."), code="not_visible")
    given = {name: rule[name] for name in RULE if name in rule}
    Post.objects.select_for_update(of=("self",)).get(pk=post.pk)
    old = Subscription.objects.filter(post=post, kind=kind, state=state, active=True).first()
    there = {} if old is None else {name: getattr(old, name) for name in RULE}
    if old is not None and saw is not None and f"{old.pk}:{seen(there)}" not in saw.split("\n"):
        unchanged("", there, there | given)
    row, _made = Subscription.objects.update_or_create(
        post=post,
        kind=kind,
        state=state,
        defaults={**given, "active": True, "paused": False, "since": today(), "made_by": by},
    )
    record("subscription.set", by=by, state=state, target=row, every=row.every, weekday=row.weekday)
    return row


def rules_seen(rows: Iterable[Subscription]) -> str:
    """What a form that is about to be shown sees of the schedules that it may replace."""
    return "\n".join(f"{row.pk}:{seen({name: getattr(row, name) for name in RULE})}" for row in rows)


@transaction.atomic
def unsubscribe(row: Subscription, *, by: Any) -> None:
    """End a subscription of one's own post or of one that one manages."""
    mine(row, by)
    Subscription.objects.filter(pk=row.pk).update(active=False)
    record("subscription.end", by=by, state=row.state, target=row)


@transaction.atomic
def pause(row: Subscription, *, paused: bool, by: Any) -> None:
    """Stop a subscription for a while, or let it go on; what fell in between is not made up for."""
    mine(row, by)
    Subscription.objects.filter(pk=row.pk).update(paused=paused, since=today())
    record("subscription.pause", by=by, state=row.state, target=row, paused=paused)


@transaction.atomic
def send_now(row: Subscription, *, by: Any) -> int:
    """Promise that a subscription's report is made and mailed to today's holder now; the id of the job.

    Raises Refused while nobody holds the post.
    """
    mine(row, by)
    if _holder(row.post, today()) is None:
        raise Refused(
            _("The post “%(post)s” is vacant, so the report would reach nobody. Appoint somebody first.")
            % {"post": row.post},
            code="vacant",
        )
    period = f"now-{timezone.localtime():%Y-%m-%d-%H%M%S-%f}"
    job, _new = jobs.enqueue(
        "send_now", f"send_now:{row.pk}:{period}", asked_by=by, tenant=row.state_id, row=row.pk, period=period
    )
    record("subscription.now", by=by, state=row.state, target=row)
    return job.pk


@jobs.handler("send_now")
def _send_now(job: Job) -> Callable[[], None]:
    """Make the report first; the mail is promised when it is there."""
    row = Subscription.objects.select_related("state", "post__team__state").get(pk=job.args["row"])
    report, inner = ask(_asked(row, today(), job.args["period"]), by=job.asked_by)
    jobs.run(inner.pk)

    def write() -> None:
        report.refresh_from_db()
        holder = _holder(row.post, today())
        if report.made_at is not None and holder is not None:
            _promise(report, row, holder, job.args["period"])

    return write


def mine(row: Subscription, by: Any) -> None:
    """Refuse unless the subscription is of one's own post or of one that one manages."""
    if row.post_id not in {held.pk for held in access.held_posts(by)}:
        access.require(by, "manage_people", row.post)


def holidays(state: State | None) -> set[date]:
    """The national holidays, and those of a state."""
    rows = Holiday.objects.filter(state__isnull=True)
    if state is not None:
        rows = rows | Holiday.objects.filter(state=state)
    return set(rows.values_list("day", flat=True))


def preview(row: Subscription, after: date, count: int = 5) -> list[date]:
    """The next days on which a subscription is sent."""
    return next_dates(
        after,
        count,
        every=row.every,
        weekday=row.weekday,
        day_of_month=row.day,
        holidays=holidays(row.state),
    )


@dataclass(frozen=True, slots=True)
class Due:
    """A subscription and the planned day for which it runs now."""

    row: Subscription
    planned: date


def due(now: datetime) -> list[Due]:
    """The subscriptions that fall on the day of `now`, from their time on; and those whose last day was
    missed, however many were."""
    day = timezone.localdate(now)
    clock = timezone.localtime(now).time()
    rows = Subscription.objects.filter(active=True, paused=False).select_related("state", "post__team__state")
    off: dict[int | None, set[date]] = {}
    missed: list[Due] = []
    found: list[Due] = []
    for row in rows:
        if row.state_id not in off:
            off[row.state_id] = holidays(row.state)
        planned, falls = latest(
            day, every=row.every, weekday=row.weekday, day_of_month=row.day, holidays=off[row.state_id]
        )
        if falls == day:
            found += [Due(row, planned)] if row.at <= clock else []
        elif falls >= row.since:
            missed.append(Due(row, planned))
    ran = set(
        ScheduleRun.objects.filter(
            subscription__in=[each.row.pk for each in missed], planned__in={each.planned for each in missed}
        ).values_list("subscription", "planned")
    )
    return found + [each for each in missed if (each.row.pk, each.planned) not in ran]


def queue_due(now: datetime) -> list[int]:
    """Promise the reports of the subscriptions that are due; the ids of the jobs.

    One run for each planned day, so that a doubled scheduler, or one that ran late, changes nothing. A
    vacant post gets nothing, and who appoints to it is told. Each run is a transaction of its own: one that
    fails leaves the others.
    """
    day = timezone.localdate(now)
    promised: list[int] = []
    with scope.national():
        waiting = due(now)
    for each in waiting:
        try:
            with scope.national(), transaction.atomic():
                job = _run(each, day)
        except Exception:
            log.exception("schedule %s of %s failed", each.row.pk, each.planned)
            continue
        if job is not None:
            promised.append(job.pk)
    return promised


def _run(each: Due, day: date) -> Job | None:
    """The job of a run, the same whoever asks again; None where there is nobody who would receive it."""
    row = each.row
    run, _new = ScheduleRun.objects.select_for_update(of=("self",)).get_or_create(
        subscription=row, planned=each.planned, defaults={"ran_on": day}
    )
    if run.report_id is None:
        if _holder(row.post, day) is None:
            ScheduleRun.objects.filter(pk=run.pk).update(outcome=Outcome.VACANT)
            vacancies.tell(row.post, day)
            return None
        report, job = ask(_asked(row, each.planned, f"{row.every}-{each.planned.isoformat()}", day), by=None)
        ScheduleRun.objects.filter(pk=run.pk).update(report=report, outcome=Outcome.WAITS)
        return job
    return Job.objects.filter(key=f"report:{run.report.key}").first() if run.report else None


def _asked(row: Subscription, planned: date, period: str, day: date | None = None) -> Asked:
    """A monthly report is of the month before; by a schedule of the last day, of the month that it ends."""
    month = None
    if row.kind == Report.Kind.MPR:
        ends = row.every != Subscription.Every.WEEK and row.day == LAST and day is not None
        month = first_of(planned) if ends else month_before(first_of(planned))
    past = day if day is not None and day < today() and month is None else None
    return Asked(row.kind, row.state, row.language, month=month, period=period, as_on=past)


def _holder(post: Post, day: date) -> Any:
    """Who receives what comes to a post on `day`; None where it is vacant."""
    held = holders_on(day).filter(post=post).select_related("person").first()
    return held.person if held is not None else None


@scope.national()
def queue_mails(now: datetime) -> list[int]:
    """Promise the mails of the finished reports of today's runs, and of those that waited for their report:
    one for each run and holder; the ids, of those promised before today's too."""
    day = timezone.localdate(now)
    runs = ScheduleRun.objects.filter(
        ran_on__gt=day - WAITING, ran_on__lte=day, report__made_at__isnull=False
    )
    runs = runs.filter(subscription__active=True, subscription__paused=False)
    rows = runs.order_by("pk").select_related("subscription__post__team__state", "report__state")
    mails = dict(Outbox.objects.filter(key__in=runs.exclude(mail="").values("mail")).values_list("key", "pk"))
    lost = set(
        Outbox.objects.filter(key__in=list(mails), status=Outbox.Status.CANCELLED).values_list(
            "key", flat=True
        )
    )
    promised: list[int] = []
    for run in rows:
        again = run.outcome == Outcome.VACANT and run.ran_on == day
        again = again or (run.outcome == Outcome.MAILED and run.mail in lost)
        if run.outcome == Outcome.WAITS or again:
            row = _mail(run, day)
            promised += [row.pk] if row is not None else []
        elif run.outcome == Outcome.MAILED and run.ran_on == day and run.mail in mails:
            promised.append(mails[run.mail])
    return promised


@transaction.atomic
def _mail(run: ScheduleRun, day: date) -> Outbox | None:
    """Settle a run whose report is made: a mail to today's holder, who may have followed the one to whom it
    was promised first; or nothing, as its rule says."""
    row = run.subscription
    locked = ScheduleRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if run.report is None or (locked.outcome, locked.mail) != (run.outcome, run.mail):
        return None
    holder = _holder(row.post, day)
    if holder is None:
        ScheduleRun.objects.filter(pk=run.pk).update(outcome=Outcome.VACANT)
        vacancies.tell(row.post, day)
        return None
    if run.outcome == Outcome.WAITS and row.skip_unchanged and _unchanged(run):
        ScheduleRun.objects.filter(pk=run.pk).update(outcome=Outcome.UNCHANGED)
        return None
    mail_ = _promise(run.report, row, holder, f"{row.every}-{run.planned.isoformat()}")
    ScheduleRun.objects.filter(pk=run.pk).update(outcome=Outcome.MAILED, mail=mail_.key)
    return mail_


def _unchanged(run: ScheduleRun) -> bool:
    """Whether the report says the same as the last one that this schedule mailed, the days apart."""
    earlier = ScheduleRun.objects.filter(
        subscription=run.subscription_id,
        outcome=Outcome.MAILED,
        report__isnull=False,
        planned__lt=run.planned,
    ).select_related("report")
    last = earlier.first()
    if last is None or last.report is None or run.report is None or last.report.kind != run.report.kind:
        return False
    return snapshot.undated(last.report.content or {}) == snapshot.undated(run.report.content or {})


def _promise(report: Report, row: Subscription, person: Any, period: str) -> Outbox:
    """The mail of a run, or of a report that is sent now; once for each report, holder and `period`."""
    content = report.content or {}
    with override(row.language):
        text = _(
            "%(title)s, as on %(day)s, is attached.\n\n"
            "You receive it as holder of the post “%(post)s”. You can pause or end this on the page "
            "“Schedules”:\n%(url)s"
        ) % {
            "title": content.get("title", ""),
            "day": show(report.as_on),
            "post": row.post,
            "url": f"{settings.SITE_URL}/reports/schedules/",
        }
        if provisional(report):
            text = f"{provisional(report)}\n\n{text}"
        return mail.post(
            f"report:{report.pk}:{row.post_id}:{person.pk}:{period}",
            person.email,
            f"{content.get('title', '')} ({show(report.as_on)})",
            text,
            kind="hold",
            reader=person,
            tenant=report.state_id,
            attachments=[{"by": "report", "report": report.pk, "form": row.form}],
        )


def attach(named: dict[str, Any]) -> mail.Attachment:
    """A report for a mail, in the form that was asked for."""
    report = Report.objects.select_related("state").get(pk=named["report"])
    form = named.get("form", "pdf")
    return file_name(report, form), TYPES[form].split(";")[0], written(report, form)


def still_allowed(row: Outbox) -> bool:
    """Whether the reader may see the report now: an officer relieved since then gets nothing."""
    _word, report, post, _person = row.key.split(":")[:4]
    if row.reader is None or not row.reader.is_active:
        return False
    access.forget(row.reader)
    holds = appointments_on(today()).filter(post=int(post), person=row.reader).exists()
    return holds and visible(Report, row.reader).filter(pk=int(report)).exists()


@transaction.atomic
def resend(outbox: Outbox, *, by: Any) -> Outbox:
    """Send a report's mail once more, by hand: a new mail beside the old one, which stays as it is."""
    parts = outbox.key.split(":")
    report = visible(Report, by).filter(pk=int(parts[1])).first() if parts[0] == "report" else None
    if report is None or outbox.reader is None:
        raise Refused(_("This mail cannot be sent again from here."), code="no_resend")
    again = Outbox.objects.filter(key__startswith=":".join(parts[:4]) + ":").count() + 1
    record("mail.resend", by=by, state=report.state, target=report, to=outbox.reader_id)
    return mail.post(
        ":".join(parts[:4]) + f":{again}",
        outbox.to,
        outbox.subject,
        outbox.text,
        kind="hold",
        reader=outbox.reader,
        tenant=outbox.tenant,
        attachments=outbox.attachments,
    )


mail.ATTACHERS["report"] = attach
mail.STILL_ALLOWED["report"] = still_allowed
