"""Verbs on files of evidence: show them to the scanner, now and again; remove them, with a trail."""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nudm.core import jobs, scanner
from nudm.core.errors import NotAllowed, Refused
from nudm.core.models import Job
from nudm.core.scanner import NoVerdict, Verdict
from nudm.core.uploads import check_upload
from phases.models import Citation, Evidence, Item
from phases.models.evidence import Refusal
from phases.rules import EDITABLE, FileStatus, Status, file_after
from states.access import powers, require
from states.actions import record, touch

# Seconds that a person waits for a verdict, and that a worker does: less than the lease of its job.
PATIENCE, WORKERS_PATIENCE = 10, 60
# What is found in a stored file whose digest is not the one of its row.
CHANGED = "changed since it was uploaded"


def see_arrival(made: Evidence, file: UploadedFile) -> None:
    """Note on a new row what the scanner says of its checked file; where it says nothing, the file waits."""
    try:
        verdict = scanner.scan(file.chunks(), PATIENCE) if scanner.configured() else None
    except NoVerdict:
        verdict = None
    file.seek(0)
    _note(made, verdict)
    _note(made, None)


def promise_scan(row: Evidence) -> None:
    """The promise that a waiting file is looked at; one for each file, ever."""
    jobs.enqueue("scan", f"scan:{row.pk}", asked_by=row.uploaded_by, tenant=row.state_id, evidence=row.pk)


@jobs.handler("scan")
def scan(job: Job) -> Callable[[], None]:
    """Take a waiting file as far as it comes; each step is kept, so that a crash repeats only the last.

    Raises Later where the scanner gives no verdict: the file waits, and the job with it.
    """
    row = Evidence.objects.select_related("state").get(pk=job.args["evidence"])
    if row.status == FileStatus.QUARANTINE:
        _check_stored(row)
    if row.status == FileStatus.CHECKED:
        try:
            verdict = _seen(row) if scanner.configured() else None
        except NoVerdict as error:
            raise jobs.Later(str(error)) from error
        _write(row, verdict)
    return lambda: _write(row, None)


def rescan(row: Evidence) -> str:
    """What the scanner finds today in an accepted file, or in one that it refused later; empty for nothing.

    The file stays in the store either way: a person decides, for lines may rest on it. Raises NoVerdict.
    """
    verdict = _seen(row)
    _write(row, verdict, keep=True)
    return verdict.found


@transaction.atomic
def remove(evidence: Evidence, *, why: str, by: Any) -> None:
    """Take a file out of the store; its row stays with the digest, who, when and why.

    Raises NotAllowed for another's file without `submit_item`, Refused without a reason, while a line under
    review or settled cites it, or while a set-up record names it.
    """
    require(by, "attach_evidence", evidence)
    # Lines first, then the file, as citing does: none can cite it or be submitted with it meanwhile.
    cited = Item.objects.select_for_update(of=("self",)).filter(citations__evidence=evidence).order_by("pk")
    held = {item.pk for item in cited}
    row = Evidence.objects.select_for_update(of=("self",)).select_related("state").get(pk=evidence.pk)
    if row.uploaded_by_id != by.pk and "submit_item" not in powers(by, row.state_id):
        raise NotAllowed(_("You did not upload this file. Ask the State/UT's office to remove it."))
    if not why.strip():
        words = _("Say why the file is removed.")
        raise Refused(words, code="incomplete", fields={"why": [words]})
    if row.status == FileStatus.REMOVED:
        return
    lines = Citation.objects.filter(evidence=row)
    if not removable(row) or held != set(lines.values_list("item", flat=True)):
        raise Refused(
            _("A line under review or settled cites this file, or a set-up record names it: it stays."),
            code="in_use",
        )
    codes = list(lines.values_list("item__code", flat=True))
    lines.delete()
    _forget(row)
    row.status, row.removed_at, row.removed_by = FileStatus.REMOVED.value, timezone.now(), by
    row.removed_why = why.strip()[:300]
    row.save()
    touch(row.state)
    record("evidence.remove", by=by, state=row.state, target=row, sha256=row.sha256, lines=codes)


def removable(row: Evidence) -> bool:
    """Whether nothing that was judged, and no record, rests on the file."""
    judged = any(Status(citation.item.status) not in EDITABLE for citation in row.citations.all())
    return row.status != FileStatus.REMOVED and not judged and not row.record_set.all()


@jobs.handler("forget")
def forget(job: Job) -> Callable[[], None]:
    """Delete a file from the store."""
    default_storage.delete(job.args["file"])
    return _nothing


def _nothing() -> None:
    """The store is no part of the transaction."""


def _note(row: Evidence, verdict: Verdict | None) -> None:
    """The row's next status by a verdict on its file."""
    passed = None if verdict is None else not verdict.found
    row.status = file_after(FileStatus(row.status), passed, scanner=scanner.configured()).value
    if verdict is not None:
        row.scanned_at, row.scanner, row.finding = timezone.now(), verdict.by, verdict.found[:200]
        found = Refusal.CHANGED if verdict.found == CHANGED else Refusal.INFECTED
        row.refusal = found.value if verdict.found else ""


@transaction.atomic
def _write(row: Evidence, verdict: Verdict | None, *, keep: bool = False) -> None:
    """Note a verdict on a stored row; unless somebody else has moved it on, or nothing is new."""
    was = row.status
    _note(row, verdict)
    columns = ("status", "refusal", "finding", "scanned_at", "scanner")
    moved = Evidence.objects.filter(pk=row.pk, status=was).update(
        **{name: getattr(row, name) for name in columns}
    )
    if not moved or row.status == was:
        return
    if row.status == FileStatus.REFUSED and not keep:
        _forget(row)
    touch(row.state)
    record(f"evidence.{row.status}", state=row.state, target=row, finding=row.finding)


def _check_stored(row: Evidence) -> None:
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
            _forget(row)
        record(f"evidence.{row.status}", state=row.state, target=row)


def _seen(row: Evidence) -> Verdict:
    """The scanner's verdict on a stored file; a file that is not the one that was uploaded is found too."""
    digest = hashlib.sha256()

    def pieces() -> Iterator[bytes]:
        for piece in stored.chunks():
            digest.update(piece)
            yield piece

    with row.file.open("rb") as stored:
        verdict = scanner.scan(pieces(), WORKERS_PATIENCE)
    return verdict if digest.hexdigest() == row.sha256 else Verdict(CHANGED, verdict.by)


def _forget(row: Evidence) -> None:
    """Promise that the file leaves the store, and leave its name."""
    if row.file:
        jobs.enqueue("forget", f"forget:{row.pk}", tenant=row.state_id, file=row.file.name)
        row.file = ""
        Evidence.objects.filter(pk=row.pk).update(file="")
