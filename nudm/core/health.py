"""Is the process up; is everything it leans on up; how old is what waits."""

import hmac
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from celery import current_app
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import default_storage
from django.db import connection, connections
from django.db.models import Count, Min
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from nudm.conf.environment import is_loopback
from nudm.core import backup, heartbeats, mail, scanner
from nudm.core.dates import today
from nudm.core.models import Job, Outbox

# Seconds that all questions have together. A part that has not answered by then is down.
PATIENCE = 4.0
# Of each part at most so many questions hang at once: a part that never answers does not fill the process.
HANGING = 3
OLD_SIGNATURES = timedelta(days=2)

State = bool | str
_asked: dict[str, list[Future[State]]] = {}
_threads = ThreadPoolExecutor(20, thread_name_prefix="health")


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when all parts are up, else 503; each by its name, and the seconds since the oldest job, mail and
    unscanned file, the last good backup and the scanner's signatures (null: there is none)."""
    parts = states()
    told: dict[str, Any] = {**parts, "ages": ages() if parts["database"] else {}}
    answer = JsonResponse(told, status=200 if all(parts.values()) else 503)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@login_not_required
def metrics(request: HttpRequest) -> HttpResponse:
    """The same for Prometheus, in its text format: for whoever shows METRICS_TOKEN; where there is none, for
    this machine alone."""
    if not _may_read_metrics(request):
        raise Http404
    parts = states()
    lines = ["# TYPE nudm_up gauge"]
    lines += [f'nudm_up{{part="{name}"}} {int(state is True)}' for name, state in parts.items()]
    lines += ["# TYPE nudm_build_info gauge", f'nudm_build_info{{version="{backup.version()}"}} 1']
    if parts["database"]:
        lines += ["# TYPE nudm_age_seconds gauge"]
        lines += [f'nudm_age_seconds{{of="{name}"}} {age}' for name, age in ages().items() if age is not None]
        for title, model in (("jobs", Job), ("mails", Outbox)):
            counted = model.objects.values_list("status").annotate(Count("pk")).order_by("status")
            lines += [f"# TYPE nudm_{title} gauge"]
            lines += [f'nudm_{title}{{status="{status}"}} {count}' for status, count in counted]
        lines += ["# TYPE nudm_processes gauge"]
        lines += [f'nudm_processes{{role="{role}"}} {heartbeats.alive(role)}' for role in ("worker", "beat")]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4; charset=utf-8")


def states() -> dict[str, State]:
    """For each part whether it is up, asked all at once; a scanner may also be `not configured`."""
    asked = {name: _ask(name, question) for name, question in PARTS.items()}
    wait([future for future in asked.values() if future is not None], PATIENCE)
    found: dict[str, State] = {
        name: future.result() if future is not None and future.done() else False
        for name, future in asked.items()
    }
    for role in ("worker", "beat"):
        found[role] = bool(found["database"] and heartbeats.alive(role))
    return found


def warnings() -> list[str]:
    """What nobody notices by using the application, in words: an old backup, old signatures."""
    hours = settings.BACKUP_HOURS
    found, age = [], ages()
    backed_up, signatures = age["last_backup"], age["signatures"]
    if backed_up is None:
        first = get_user_model().objects.aggregate(first=Min("joined_at"))["first"]
        if first is not None and timezone.now() - first > timedelta(hours=hours):
            found.append(_("There is no backup of this installation."))
    elif backed_up > hours * 3600:
        found.append(
            _("The last good backup is %(hours)d hours old; it may be %(most)d.")
            % {"hours": backed_up // 3600, "most": hours}
        )
    if signatures is not None and signatures > OLD_SIGNATURES.total_seconds():
        found.append(
            _("The virus scanner's signatures are %(days)d days old.") % {"days": signatures // 86_400}
        )
    return found


def warn_operators() -> None:
    """Tell OPERATORS by mail, at most once a day, what nobody else would notice."""
    if settings.OPERATORS and (found := warnings()):
        text = "\n".join([*found, "", f"{settings.SITE_URL}/readyz", ""])
        for to in settings.OPERATORS:
            mail.post(
                f"warning:{today()}:{to}", to, _("The NUDM Tracker needs its operator"), text, kind="hold"
            )


def ages() -> dict[str, int | None]:
    """Seconds since the oldest job and mail that wait, the oldest file without a verdict, the last good
    backup and the scanner's signatures; None where there is none."""
    waiting = Job.objects.filter(status__in=[Job.Status.QUEUED, Job.Status.RUNNING])
    mails = Outbox.objects.filter(
        status__in=[Outbox.Status.QUEUED, Outbox.Status.CLAIMED, Outbox.Status.DELIVERING]
    )
    since = {
        "oldest_job": _oldest(waiting.exclude(kind="scan")),
        "oldest_mail": _oldest(mails),
        "oldest_unscanned_file": _oldest(waiting.filter(kind="scan")),
        "last_backup": heartbeats.last("backup"),
        "signatures": _signatures(),
    }
    now = timezone.now()
    return {
        name: None if moment is None else max(0, int((now - moment).total_seconds()))
        for name, moment in since.items()
    }


def _oldest(rows: Any) -> datetime | None:
    found: datetime | None = rows.aggregate(oldest=Min("created_at"))["oldest"]
    return found


def _signatures() -> datetime | None:
    """When the scanner's signatures were made: `ClamAV 1.4.6/27500/Tue Nov 25 09:10:11 2026`."""
    if not scanner.configured():
        return None
    try:
        said = scanner.version().split("/")
        return datetime.strptime(said[2].strip(), "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    except (scanner.NoVerdict, IndexError, ValueError):
        return None


def _may_read_metrics(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    # What came through a proxy is not from this machine, whatever address the proxy has.
    return not getattr(request, "forwarded", False) and is_loopback(request.META.get("REMOTE_ADDR", ""))


def _ask(name: str, question: Callable[[], State]) -> Future[State] | None:
    """The answer to come; None while too many of the same question hang."""
    hanging = [one for one in _asked.get(name, []) if not one.done()]
    if len(hanging) >= HANGING:
        return None
    future = _threads.submit(_answer, question)
    _asked[name] = [*hanging, future]
    return future


def _answer(question: Callable[[], State]) -> State:
    try:
        return question()
    except Exception:
        return False
    finally:
        connections.close_all()


def _database() -> State:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def _broker() -> State:
    with current_app.connection_for_write() as line:
        line.ensure_connection(max_retries=1, timeout=2)
    return True


def _storage() -> State:
    """Whether the bucket, or the folder, is there to be written to."""
    storage: Any = default_storage
    if hasattr(storage, "bucket_name"):
        storage.connection.meta.client.list_objects_v2(Bucket=storage.bucket_name, MaxKeys=1)
    else:
        # Written to in truth: a disk may be full, or mounted to be read only.
        Path(storage.location).mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=storage.location, buffering=0) as probe:
            probe.write(b"1")
    return True


def _scanner() -> State:
    return scanner.alive() if scanner.configured() else "not configured"


PARTS: dict[str, Callable[[], State]] = {
    "database": _database,
    "broker": _broker,
    "storage": _storage,
    "scanner": _scanner,
}
