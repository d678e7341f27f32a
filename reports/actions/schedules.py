"""Verbs on schedules: subscribe, pause, and what falls due."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
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
from reports.actions.notices import notice
from reports.actions.reports import TYPES, Asked, ask, file_name, written
from reports.models import Holiday, Report, Subscription
from reports.periods import first_of, month_before
from reports.schedule import falls_on, next_dates
from states import access
from states.access import appointments_on, visible
from states.actions import record
from states.models import Post, State
from states.rules import PostKind, Role

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
        defaults={**given, "active": True, "paused": False, "made_by": by},
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
    """Stop a subscription for a while, or let it go on."""
    mine(row, by)
    Subscription.objects.filter(pk=row.pk).update(paused=paused)
    record("subscription.pause", by=by, state=row.state, target=row, paused=paused)


@transaction.atomic
def send_now(row: Subscription, *, by: Any) -> int:
    """Promise that a subscription's report is made and mailed to today's holder now; the id of the job."""
    mine(row, by)
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
        holder = appointments_on(today()).filter(post=row.post).select_related("person").first()
        if report.made_at is not None and holder is not None:
            _promise(report, row, holder.person)

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


def due(now: datetime) -> list[Subscription]:
    """The subscriptions that fall on the day of `now`, from their time on."""
    day = timezone.localdate(now)
    clock = timezone.localtime(now).time()
    rows = Subscription.objects.filter(active=True, paused=False, at__lte=clock).select_related(
        "state", "post__team__state"
    )
    off: dict[int | None, set[date]] = {}
    found = []
    for row in rows:
        if row.state_id not in off:
            off[row.state_id] = holidays(row.state)
        off_days = off[row.state_id]
        if falls_on(day, every=row.every, weekday=row.weekday, day_of_month=row.day, holidays=off_days):
            found.append(row)
    return found


@scope.national()
def queue_due(now: datetime) -> list[int]:
    """Promise the reports of the subscriptions that are due; the ids of the jobs.

    Keyed by the day, so that a doubled scheduler, or one that ran late, changes nothing. A vacant post
    gets nothing, and the centre is told.
    """
    day = timezone.localdate(now)
    promised: list[int] = []
    for row in due(now):
        if not appointments_on(day).filter(post=row.post).exists():
            _vacant(row, day)
            continue
        _report, job = ask(_asked(row, day, f"{row.every}-{day.isoformat()}"), by=None)
        promised.append(job.pk)
    return promised


def _asked(row: Subscription, day: date, period: str) -> Asked:
    month = month_before(first_of(day)) if row.kind == Report.Kind.MPR else None
    return Asked(row.kind, row.state, row.language, month=month, period=period)


def _vacant(row: Subscription, day: date) -> None:
    """The alarm of a vacant post, to the head of the centre, once a day."""
    head = Post.objects.filter(team__role=Role.CENTRE.value, kind=PostKind.HEAD.value).first()
    if head is not None:
        title = str(row.get_kind_display())
        notice(
            head,
            f"vacant:{row.pk}:{day.isoformat()}",
            "vacant",
            {"post": str(row.post), "title": title},
            f"/states/people/posts/{row.post_id}/",
            state=row.state,
            to_do=True,
        )


@scope.national()
def queue_mails(now: datetime) -> list[int]:
    """Promise the mails of the finished reports that are due, one per report and holder; the ids."""
    day = timezone.localdate(now)
    promised: list[int] = []
    for row in due(now):
        report = _finished(row, day)
        holder = appointments_on(day).filter(post=row.post).select_related("person").first()
        if report is None or holder is None or (row.skip_unchanged and _unchanged(report)):
            continue
        promised.append(_promise(report, row, holder.person).pk)
    return promised


def _finished(row: Subscription, day: date) -> Report | None:
    made = Report.objects.filter(kind=row.kind, state=row.state, language=row.language, made_at__isnull=False)
    if row.kind == Report.Kind.MPR:
        month = month_before(first_of(day))
        return made.filter(month=month).order_by("-number", "-pk").first()
    return made.filter(period=f"{row.every}-{day.isoformat()}").first()


def _unchanged(report: Report) -> bool:
    """Whether the report says the same as the one before it, its days apart."""
    last = (
        Report.objects.filter(
            kind=report.kind, state=report.state, language=report.language, made_at__lt=report.made_at
        )
        .order_by("-made_at")
        .first()
    )
    return last is not None and _undated(last) == _undated(report)


def _undated(report: Report) -> dict[str, Any]:
    skip = {"as_on", "since", "head", "financial_year", "audit"}
    return {name: value for name, value in (report.content or {}).items() if name not in skip}


def _promise(report: Report, row: Subscription, person: Any) -> Outbox:
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
        return mail.post(
            f"report:{report.pk}:{row.post_id}:{person.pk}",
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
