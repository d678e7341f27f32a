"""Verbs on evidence: upload once, cite on many lines, keep every version."""

from dataclasses import asdict
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from nudm.core import files, store
from nudm.core.arrival import FileStatus
from nudm.core.dates import show, today
from nudm.core.earliest import EARLIEST
from nudm.core.errors import Refused
from nudm.core.limits import spend_file
from nudm.core.uploads import check_upload
from phases.actions import lines
from phases.models import Citation, Evidence, Item
from phases.models.item import STATUS_LABELS
from phases.rules import EDITABLE, Status
from states.access import post_for, require
from states.actions import Moved, record, touch
from states.models import State
from states.past import keep


def upload(
    state: State,
    file: UploadedFile,
    *,
    title: str,
    letter_number: str = "",
    letter_date: date | None = None,
    replaces: Evidence | None = None,
    again: bool = False,
    by: Any,
) -> Evidence:
    """Store a checked and scanned file with its letter. The same file of the same state and letter is not
    stored twice; under another letter it is a claim of its own, which the reviewer is shown. Under another
    title or date of the same letter it is Refused (`there_already`) with the title that it has, unless it is
    to be kept `again` under the new one.

    A file in which the scanner finds something is not kept; its row says so. One that the scanner could
    not see waits. Raises NotAllowed without `attach_evidence`, Refused for a file that is not what it
    says, a letter dated in the future, or a version of something that has a newer one already.
    """
    require(by, "attach_evidence", state)
    if letter_date is not None and letter_date < EARLIEST:
        words = _("%(day)s lies before the year 2000. Correct the year.") % {"day": show(letter_date)}
        raise Refused(words, code="date_order", fields={"letter_date": [words]})
    if letter_date is not None and letter_date > today():
        words = _("The letter's date lies in the future. Give the date printed on the letter.")
        raise Refused(words, code="date_order", fields={"letter_date": [words]})
    spend_file(file.size, by=by)
    checked = check_upload(file)
    made = Evidence(
        state=state,
        title=title.strip() or checked.name,
        letter_number=letter_number.strip(),
        letter_date=letter_date,
        **asdict(checked),
        replaces=replaces,
        uploaded_by=by,
        uploaded_as=post_for(by, state),
    )
    files.see_arrival(made, file)
    with store.unless_saved():
        return _stored(made, file, by, again=again, named=bool(title.strip()))


@transaction.atomic
def _stored(made: Evidence, file: UploadedFile, by: Any, *, again: bool, named: bool) -> Evidence:
    old, kept = made.replaces, made.status != FileStatus.REFUSED
    if kept:
        # Before the State/UT's row is locked: a slow store keeps nobody else waiting.
        store.put(made.file, made.name, file)
    State.objects.select_for_update().get(pk=made.state_id)
    if old is not None and (
        old.status == FileStatus.REMOVED or Evidence.objects.filter(replaces=old).exists()
    ):
        words = _("There is a newer version already, or this one was removed. Replace that one.")
        raise Refused(words, code="replaced", fields={"file": [words]})
    same = Evidence.objects.filter(state=made.state)
    if made.letter_number:
        same = same.filter(letter_number=made.letter_number)
    there: Evidence | None = None
    if old is None:
        there = files.came_before(
            made,
            same,
            says_the_same=lambda row: _says_the_same(row, made, named=named),
            refusal=_there_already,
            again=again,
        )
    if there is not None:
        store.take_back(made.file)
        return there
    if not kept:
        made.replaces = None
    made.save()
    if made.replaces is not None:
        _follow_the_new_version(made.replaces, made)
    touch(made.state, moved=Moved.FACTS, counted=False)
    record("evidence.upload", by=by, state=made.state, target=made, sha256=made.sha256, status=made.status)
    if made.waits:
        files.promise_scan(made, by=by)
    return made


def _says_the_same(there: Evidence, made: Evidence, *, named: bool) -> bool:
    """Whether what was said of a file is what the library says of it already; what was left empty says
    nothing."""
    titles = not named or there.title == made.title
    return titles and made.letter_date in {None, there.letter_date}


def _there_already(there: Evidence) -> str:
    letter = [there.letter_number, show(there.letter_date) if there.letter_date else ""]
    known = ", ".join(filter(None, [f"“{there.title}”", *letter]))
    return _(
        "This file is in the library already: %(known)s. Cite that one, or choose the file again and tick "
        "that it is kept under the new title and date, too."
    ) % {"known": known}


@transaction.atomic
def cite(item: Item, evidence: Evidence, *, by: Any) -> Citation:
    """Cite a piece of the state's evidence on a line; the first citation starts the line.

    Raises NotAllowed, and Refused when the line is not with the state's side or the file is another
    state's.
    """
    require(by, "attach_evidence", item)
    row = _open_line(item)
    if evidence.state_id != row.state_id:
        raise Refused(_("This evidence belongs to another State/UT."), code="unknown_evidence")
    evidence = Evidence.objects.select_for_update(of=("self",)).get(pk=evidence.pk)
    if FileStatus(evidence.status) in {FileStatus.REFUSED, FileStatus.REMOVED}:
        raise Refused(
            _("“%(title)s” cannot be cited: %(why)s") % {"title": evidence.title, "why": evidence.explained},
            code="not_kept",
        )
    citation, made = Citation.objects.get_or_create(item=row, evidence=evidence, defaults={"by": by})
    if made:
        lines.start(row, by=by)
        row.version += 1
        row.save(update_fields=["status", "since", "version"])
        keep([row, citation])
        touch(row.state_id, moved=Moved.FACTS, counted=False)
        record(
            "evidence.cite",
            by=by,
            state=row.state,
            target=row,
            code=row.code,
            evidence=evidence.pk,
        )
    return citation


@transaction.atomic
def uncite(item: Item, evidence: Evidence, *, by: Any) -> None:
    """Take a citation off a line that is with the state's side. The file stays in the library."""
    require(by, "attach_evidence", item)
    if item.pk is None:
        return
    row = _open_line(item)
    found = Citation.objects.select_for_update(of=("self",)).select_related("item")
    citations = list(found.filter(item=row, evidence=evidence))
    if citations:
        row.version += 1
        row.save(update_fields=["version"])
        keep([row], removed=citations)
        Citation.objects.filter(pk__in=[citation.pk for citation in citations]).delete()
        touch(row.state_id, moved=Moved.FACTS, counted=False)
        record(
            "evidence.uncite",
            by=by,
            state=row.state,
            target=row,
            code=row.code,
            evidence=evidence.pk,
        )


def _open_line(item: Item) -> Item:
    if item.pk is None:
        item, _made = Item.objects.get_or_create(
            state=item.state, code=item.code, defaults={"stage": item.stage}
        )
    row = Item.objects.select_for_update(of=("self",)).select_related("state").get(pk=item.pk)
    if Status(row.status) not in EDITABLE:
        raise Refused(
            _("This line is “%(status)s”: its evidence stays as it is. Withdraw it, or ask to reopen it.")
            % {"status": STATUS_LABELS[Status(row.status)]},
            code="frozen",
        )
    return row


def _follow_the_new_version(old: Evidence, new: Evidence) -> None:
    """Lines that are still with the state's side cite the new version; what was judged keeps its own."""
    open_lines = Citation.objects.filter(evidence=old, item__status__in=[status.value for status in EDITABLE])
    citations = list(open_lines.select_for_update(of=("self",)).select_related("item"))
    for citation in citations:
        citation.evidence = new
    Citation.objects.bulk_update(citations, ["evidence"])
    keep(citations)
