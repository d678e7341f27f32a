"""The way of an uploaded file: quarantine, checks, scanner, accepted or refused. The same for every kind.

A model that holds files is an `ArrivingFile`; who keeps its audit log says with `told` what is written there.
"""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from django.apps import apps
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nudm.core import jobs, scanner
from nudm.core.arrival import CHANGED, WAITING, FileStatus, Refusal, file_after
from nudm.core.dates import day_of, show
from nudm.core.errors import Refused
from nudm.core.models import Job
from nudm.core.scanner import NoVerdict, Verdict
from nudm.core.uploads import check_upload

# Seconds that a person waits for a verdict, and that a worker does: less than the lease of its job. What
# takes longer is seen by a worker, and the page says so.
PATIENCE, WORKERS_PATIENCE = 4, 60

Tell = Callable[[Any], None]
TELL: dict[str, Tell] = {}


class ArrivingFile(models.Model):
    """A stored file and how far it has come. The model adds `file` and its state.

    `scanned_at` and `scanner` say when and by which signatures the file was found clean, or not: empty
    where no scanner is configured. A file that was refused on arrival or removed is gone from the
    store; its row stays with the digest.
    """

    name = models.CharField(max_length=200)
    mime = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)
    status = models.CharField(
        max_length=10,
        choices=[(s.value, s.value) for s in FileStatus],
        default=FileStatus.QUARANTINE.value,
        db_default=FileStatus.QUARANTINE.value,
    )
    refusal = models.CharField(
        max_length=10, choices=[(r.value, r.value) for r in Refusal], blank=True, db_default=""
    )
    finding = models.CharField(max_length=200, blank=True, db_default="")
    scanned_at = models.DateTimeField(null=True)
    scanner = models.CharField(max_length=100, blank=True, db_default="")

    class Meta:
        abstract = True

    # Set by `came_before` on the row that it gives back.
    came_before = False

    @property
    def readable(self) -> bool:
        return self.status == FileStatus.ACCEPTED

    @property
    def waits(self) -> bool:
        return FileStatus(self.status) in WAITING

    @property
    def explained(self) -> str:
        """Why the file cannot be read now, in words for the person who looks for it; empty when it can."""
        if self.status == FileStatus.REFUSED and self.refusal == Refusal.INFECTED:
            return _(
                "The virus scanner found “%(name)s” in it. Have the computer checked that it comes from."
            ) % {"name": self.finding}
        if self.status == FileStatus.REFUSED and self.refusal == Refusal.CHANGED:
            return _("The stored file is no longer the one that was uploaded. Upload it again.")
        if self.status == FileStatus.REFUSED:
            return _("Its content is not what its name says. Upload the real file.")
        if self.readable:
            return ""
        return _("It can be opened and submitted when the virus scanner has seen it. Look again later.")


def came_before(
    made: Any, rows: Any, *, says_the_same: Callable[[Any], bool], refusal: Callable[[Any], str], again: bool
) -> Any:
    """Of `rows`, the one that holds the file of `made` already where the same is said of it; None where the
    file is to be stored.

    Where it is there under another title it is stored only when it is to be kept `again`; else raises Refused
    (`there_already`) in the words of `refusal`, which name the row that has it. A file that is refused or was
    removed is not there.
    """
    if made.status == FileStatus.REFUSED:
        return None
    gone = [FileStatus.REFUSED.value, FileStatus.REMOVED.value]
    there = list(rows.filter(sha256=made.sha256).exclude(status__in=gone))
    alike = next((row for row in there if says_the_same(row)), None)
    if alike is None and there and not again:
        words = refusal(there[0])
        raise Refused(words, code="there_already", fields={"again": [words]})
    if alike is not None:
        alike.came_before = True
    return alike


def same_name(made: Any) -> Callable[[Any], bool]:
    """What is said of a file that has no title but its name."""
    return lambda row: bool(row.name == made.name)


def named_there(row: Any) -> str:
    """That a file without a title of its own is there already, under which name, and what to do next."""
    return _(
        "This file is there already as “%(name)s”, since %(day)s. To keep it under the new name, too, choose "
        "it again and tick the box."
    ) % {"name": row.name, "day": show(day_of(row.at))}


def told(model: type[models.Model]) -> Callable[[Tell], Tell]:
    """Register what is written, in the same transaction, when a stored file of `model` moves on."""

    def register(function: Tell) -> Tell:
        TELL[model._meta.label] = function
        return function

    return register


def see_arrival(made: Any, file: UploadedFile) -> None:
    """Note on a new row what the scanner says of its checked file; where it says nothing, the file waits."""
    made.status = FileStatus.CHECKED.value
    try:
        verdict = scanner.scan(file.chunks(), PATIENCE) if scanner.configured() else None
    except NoVerdict:
        verdict = None
    file.seek(0)
    _note(made, verdict)
    _note(made, None)


def promise_scan(row: Any, *, by: Any) -> None:
    """The promise that a waiting file is looked at; one for each file, ever."""
    label = row._meta.label
    jobs.enqueue("scan", f"scan:{label}:{row.pk}", asked_by=by, tenant=row.state_id, model=label, row=row.pk)


@jobs.handler("scan")
def scan(job: Job) -> Callable[[], None]:
    """Take a waiting file as far as it comes; each step is kept, so that a crash repeats only the last.

    Raises Later where the scanner gives no verdict: the file waits, and the job with it.
    """
    model: Any = apps.get_model(job.args["model"])
    row = model._default_manager.select_related("state").get(pk=job.args["row"])
    if row.status == FileStatus.QUARANTINE:
        _check_stored(row)
    if row.status == FileStatus.CHECKED:
        try:
            verdict = _seen(row) if scanner.configured() else None
        except NoVerdict as error:
            raise jobs.Later(str(error)) from error
        _write(row, verdict)
    return lambda: _write(row, None)


def rescan(row: Any) -> str:
    """What the scanner finds today in an accepted file, or in one that it refused later; empty for nothing.

    The file stays in the store either way: a person decides, for work may rest on it. Raises NoVerdict.
    """
    verdict = _seen(row)
    _write(row, verdict, keep=True)
    return verdict.found


@jobs.handler("forget")
def delete_stored(job: Job) -> Callable[[], None]:
    """Delete a file from the store."""
    default_storage.delete(job.args["file"])
    return _nothing


def forget(row: Any) -> None:
    """Promise that the file leaves the store, and leave its name."""
    if row.file:
        key = f"forget:{row._meta.label}:{row.pk}"
        jobs.enqueue("forget", key, tenant=row.state_id, file=row.file.name)
        row.file = ""
        type(row)._default_manager.filter(pk=row.pk).update(file="")


def _nothing() -> None:
    """The store is no part of the transaction."""


def _note(row: Any, verdict: Verdict | None) -> None:
    """The row's next status by a verdict on its file."""
    passed = None if verdict is None else not verdict.found
    row.status = file_after(FileStatus(row.status), passed, scanner=scanner.configured()).value
    if verdict is not None:
        row.scanned_at, row.scanner, row.finding = timezone.now(), verdict.by, verdict.found[:200]
        found = Refusal.CHANGED if verdict.found == CHANGED else Refusal.INFECTED
        row.refusal = found.value if verdict.found else ""


@transaction.atomic
def _write(row: Any, verdict: Verdict | None, *, keep: bool = False) -> None:
    """Note a verdict on a stored row; unless somebody else has moved it on, or nothing is new."""
    was = row.status
    _note(row, verdict)
    columns = ("status", "refusal", "finding", "scanned_at", "scanner")
    stored = type(row)._default_manager.filter(pk=row.pk, status=was)
    moved = stored.update(**{name: getattr(row, name) for name in columns})
    if not moved or row.status == was:
        return
    if row.status == FileStatus.REFUSED and not keep:
        forget(row)
    TELL[row._meta.label](row)


def _check_stored(row: Any) -> None:
    """The checks of a file that came into the store without them."""
    with row.file.open("rb") as stored:
        file = UploadedFile(stored, row.name, row.mime, stored.size)
        try:
            good = check_upload(file).sha256 == row.sha256
        except Refused:
            good = False
    with transaction.atomic():
        row.status = file_after(FileStatus.QUARANTINE, good, scanner=scanner.configured()).value
        row.refusal = "" if good else Refusal.CONTENT.value
        row.save(update_fields=["status", "refusal"])
        if not good:
            forget(row)
        TELL[row._meta.label](row)


def _seen(row: Any) -> Verdict:
    """The scanner's verdict on a stored file; a file that is not the one that was uploaded is found too."""
    digest = hashlib.sha256()

    def pieces() -> Iterator[bytes]:
        for piece in stored.chunks():
            digest.update(piece)
            yield piece

    with row.file.open("rb") as stored:
        verdict = scanner.scan(pieces(), WORKERS_PATIENCE, patient=True)
    return verdict if digest.hexdigest() == row.sha256 else Verdict(CHANGED, verdict.by)
