"""Verbs on reports: ask, make, cancel, write in a form."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from nudm.core import jobs, store
from nudm.core.dates import show, today
from nudm.core.errors import NotAllowed, Refused
from nudm.core.models import Job
from nudm.core.text import writable
from phases.models import Closure
from reports import signing, snapshot
from reports.actions.notices import tell, tell_subscribers
from reports.documents.build import content_of
from reports.documents.older import sections_of
from reports.formats import plain, xlsx
from reports.models import Report
from reports.pdf import render_pdf
from reports.periods import closing_day, first_of, is_closed
from states import access, anchors
from states.actions import record, seal
from states.models import Post, State

K = Report.Kind
NATIONAL = frozenset({K.NATIONAL, K.REVIEW})
TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "json": "application/json",
    "txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is to be of; `month` for a monthly one, `post` for a charge report, `stage` for a
    certificate, `reason` for the correction of a closed month; `as_on` for what was known on a past day."""

    kind: str
    state: State | None
    language: str
    month: date | None = None
    post: Post | None = None
    stage: int | None = None
    reason: str = ""
    period: str = ""
    as_on: date | None = None


@transaction.atomic
def ask(asked: Asked, *, by: Any) -> tuple[Report, Job]:
    """Promise a report: the row and the job in one transaction. The same kind, state, period and
    language is one report, whoever asks.

    Raises Http404 or NotAllowed for what the person may not see, Refused for a month to come, a closed
    month's second version without a reason, a stage that is not closed, a day to come.
    """
    _allowed(asked, by)
    values = _values(asked)
    iso = asked.state.iso if asked.state else "IN"
    key = f"{asked.kind}:{iso}:{values['period']}:{asked.language}"
    report, made = Report.objects.get_or_create(
        key=key,
        defaults={
            "kind": asked.kind,
            "state": asked.state,
            "language": asked.language,
            "post": asked.post,
            "stage": asked.stage,
            "asked_by": by,
            **values,
        },
    )
    if asked.state is None and made:
        seal()
    tenant = asked.state.pk if asked.state else None
    job, _new = jobs.enqueue("report", f"report:{key}", asked_by=by, tenant=tenant, report=report.pk)
    if made or by is not None:
        # A schedule asks again every few minutes of its day: the log needs the first time only.
        record(
            "report.ask",
            by=by,
            state=asked.state,
            target=report,
            kind=asked.kind,
            language=asked.language,
        )
    return report, job


@anchors.holder
def heads_on_reports() -> Iterator[dict[str, Any]]:
    """The heads that were printed on reports, the paper of which may lie anywhere."""
    for head in Report.objects.exclude(content=None).values_list("content__audit", flat=True):
        if head:
            yield head


def _allowed(asked: Asked, by: Any) -> None:
    if (asked.kind in NATIONAL) != (asked.state is None):
        raise Refused(
            _("Choose the State/UT that the report is about; a national one has none."), code="state"
        )
    if by is None:
        return
    if asked.state is None and not access.is_national(by):
        raise NotAllowed(_("The national summary is for the centre and the ministry."))
    if asked.state is not None:
        access.require(by, "view_state", asked.state)


def _values(asked: Asked) -> dict[str, Any]:
    """The period, the day and the place in the order of versions."""
    _check_day(asked)
    if asked.kind == K.MPR:
        return _monthly(asked)
    if asked.kind == K.CERTIFICATE:
        closings = Closure.objects.filter(state=asked.state, stage=asked.stage or 0).order_by("pk")
        closed = closings.filter(undone_at__isnull=True).first()
        if closed is None:
            raise Refused(_("This stage is not closed; there is nothing to certify."), code="not_closed")
        again = closings.filter(undone_at__isnull=False).count()
        period = f"stage-{asked.stage}" + (f"-closing-{again + 1}" if again else "")
        return {"period": period, "as_on": timezone.localdate(closed.at), "closure": closed}
    home = asked.post.team.state_id if asked.post is not None else None
    if asked.kind == K.CHARGE and (asked.state is None or home != asked.state.pk):
        raise Refused(_("Choose the post that is handed over."), code="post")
    if asked.as_on is not None and asked.as_on < today():
        period = asked.period or f"{asked.as_on}-{timezone.localtime():%Y%m%d%H%M%S%f}"
        return {"period": period, "as_on": asked.as_on}
    period = asked.period or f"as-on-{timezone.localtime():%Y-%m-%d-%H%M%S-%f}"
    return {"period": period, "as_on": today()}


def _check_day(asked: Asked) -> None:
    if asked.as_on is None:
        return
    words = ""
    if asked.as_on > today():
        words = _("%(day)s lies in the future. Choose today or an earlier day.") % {"day": show(asked.as_on)}
    elif asked.kind in {K.MPR, K.CERTIFICATE}:
        words = _("This report has a day of its own. Leave “As on” empty.")
    if words:
        raise Refused(words, code="as_on", fields={"as_on": [words]})


def _monthly(asked: Asked) -> dict[str, Any]:
    month = first_of(asked.month or today())
    if month > today():
        raise Refused(_("%(month)s has not begun.") % {"month": show(month)[3:]}, code="month")
    name = f"{month:%Y-%m}"
    if not is_closed(month, settings.CLOSING_DAY, today()):
        # A schedule's period is one report, whoever asks again.
        period = f"{name}-{asked.period or f'now-{timezone.localtime():%Y%m%d%H%M%S%f}'}"
        return {"period": period, "as_on": today(), "month": month, "number": 0}
    same = Report.objects.filter(
        kind=K.MPR, state=asked.state, month=month, language=asked.language, number__gt=0
    ).order_by("-number")
    last = same.first()
    if last is None or not asked.reason.strip():
        number = last.number if last else 1
        return {
            "period": _numbered(name, number),
            "as_on": closing_day(month, settings.CLOSING_DAY),
            "month": month,
            "number": number,
        }
    return {
        "period": _numbered(name, last.number + 1),
        "as_on": today(),
        "month": month,
        "number": last.number + 1,
        "supersedes": last,
        "reason": asked.reason.strip(),
    }


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}-v{number}"


@jobs.handler("report")
def make(job: Job) -> Callable[[], None]:
    """Freeze the figures in one short transaction and render the PDF outside it; the result is written
    once: a report that has its content keeps it."""
    report = Report.objects.select_related("state", "post__team", "supersedes").get(pk=job.args["report"])
    if report.made_at is not None or report.failed:
        return lambda: None
    with transaction.atomic():
        content = content_of(report)
    digest = snapshot.digest_of(content)
    pdf = render_pdf(content, digest)
    return lambda: _made(report, content, digest, pdf)


@jobs.given_up("report")
def _given_up(job: Job, words: str) -> None:
    report = Report.objects.select_related("state", "asked_by").filter(pk=job.args["report"]).first()
    if report is None:
        return
    Report.objects.filter(pk=report.pk).update(failed=words)
    tell(report, "report_failed", {"why": words}, f":{job.attempts}")
    tell_subscribers(report, words, f":{job.attempts}")


def stands(report: Report) -> str:
    """How far a report is that is being made: how many pieces of work wait before it, or since when it is
    at work."""
    job = Job.objects.filter(key=f"report:{report.key}").first()
    if job is None or job.status == Job.Status.QUEUED:
        before = Job.objects.filter(status__in=[Job.Status.QUEUED, Job.Status.RUNNING])
        n = before.filter(pk__lt=job.pk).count() if job is not None else 0
        return ngettext("%(n)s piece of work is before it.", "%(n)s pieces of work are before it.", n) % {
            "n": n
        }
    if job.error:
        return _("Try %(n)s failed; it is tried again: %(why)s") % {"n": job.attempts, "why": job.error}
    return _("At work: the figures are frozen, the pages are being laid out.")


def _made(report: Report, content: dict[str, Any], digest: str, pdf: bytes) -> None:
    report.content, report.digest, report.made_at = content, digest, timezone.now()
    report.code = signing.code_of(digest)
    report.signature, report.signed_with = signing.sign(digest)
    report.file_sha256 = hashlib.sha256(pdf).hexdigest()
    store.put(report.file, f"{report.pk}-{digest[:16]}.pdf", ContentFile(pdf))
    names = ("content", "digest", "made_at", "code", "signature", "signed_with", "file_sha256", "file")
    report.save(update_fields=names)
    record("report.make", state=report.state, target=report, digest=digest)
    tell(report, "report", {"title": content["title"]})


@transaction.atomic
def cancel(report: Report, *, by: Any) -> None:
    """Stop a report that is still being made: one's own, or one of a schedule for those who manage."""
    if report.asked_by_id != by.pk:
        raise NotAllowed(_("Only the person who asked for the report can stop it."))
    stopped = Report.objects.filter(pk=report.pk, made_at__isnull=True, failed="")
    if not stopped.update(failed=_("Stopped by the person who asked.")):
        raise Refused(_("The report is made already."), code="made")
    Job.objects.filter(key=f"report:{report.key}", status=Job.Status.QUEUED).update(
        status=Job.Status.DONE, finished_at=timezone.now()
    )
    record("report.cancel", by=by, state=report.state, target=report)


def written(report: Report, form: str) -> bytes:
    """A finished report in one of its forms: `pdf`, `xlsx`, `csv`, `docx`, `json` or `txt` (a message).

    All but the stored PDF are written from the frozen content, the same each time.
    """
    if form == "pdf":
        with report.file.open("rb") as file:
            stored: bytes = file.read()
            return stored
    content = report.content or {}
    if form == "json":
        return snapshot.canonical(content)
    with override(report.language):
        content = writable(content)
        sections = sections_of(content)
        content = {"head": [], **content}
        if form == "xlsx":
            return xlsx.workbook(content, sections, report.digest)
        if form == "csv":
            return plain.csv_of(content, sections, report.digest)
        if form == "docx":
            # The library weighs 7 MB, and hardly any web worker ever writes one.
            written: bytes = import_string("reports.formats.docx.document")(
                content, sections, report.digest, report.code
            )
            return written
        return plain.message(content, sections, report.code).encode()


def file_name(report: Report, form: str = "pdf") -> str:
    """`nudm-progress-KL-2026-11-23-en.pdf`."""
    iso = report.state.iso if report.state else "IN"
    day = f"{report.month:%Y-%m}" if report.month else f"{report.as_on:%Y-%m-%d}"
    version = f"-v{report.number}" if report.number > 1 else ""
    return f"nudm-{report.kind}-{iso}-{day}{version}-{report.language}.{form}"
