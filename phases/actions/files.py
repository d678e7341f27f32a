"""Verbs on files of evidence: what is written when one moves on; remove one, with a trail."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nudm.core import files
from nudm.core.arrival import FileStatus
from nudm.core.bounds import LINE, within
from nudm.core.errors import NotAllowed, Refused
from phases.models import Citation, Evidence, Item
from phases.rules import EDITABLE, Status
from states.access import powers, require
from states.actions import Moved, record, touch


@files.told(Evidence)
def moved_on(row: Evidence) -> None:
    """A stored file was accepted or refused."""
    touch(row.state, moved=Moved.FACTS, counted=False)
    record(f"evidence.{row.status}", state=row.state, target=row, finding=row.finding)


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
    within(LINE, why=why)
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
    files.forget(row)
    row.status, row.removed_at, row.removed_by = FileStatus.REMOVED.value, timezone.now(), by
    row.removed_why = why.strip()
    row.save()
    touch(row.state, moved=Moved.FACTS, counted=False)
    record("evidence.remove", by=by, state=row.state, target=row, sha256=row.sha256, lines=codes)


def removable(row: Evidence) -> bool:
    """Whether nothing that was judged, and no record, rests on the file."""
    judged = any(Status(citation.item.status) not in EDITABLE for citation in row.citations.all())
    return row.status != FileStatus.REMOVED and not judged and not row.record_set.all()
