"""Verbs on the files of an event: photos and the presentation of a workshop, the plan that was reviewed."""

from dataclasses import asdict
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from nudm.core import files, store
from nudm.core.arrival import FileStatus
from nudm.core.limits import spend_file
from nudm.core.uploads import check_upload
from states.access import require
from states.actions import Moved, record, touch
from states.past import gone, keep
from ulbs.actions import entries
from ulbs.models import Event, EventFile
from ulbs.registers import REGISTERS


def attach(event: Event, file: UploadedFile, *, again: bool = False, by: Any) -> EventFile:
    """Add a file to an event, closed or not: pictures come afterwards. One that the event has already is not
    stored twice; under another name it is Refused (`there_already`), unless it is to be kept `again`.

    It is checked and shown to the scanner before anything is written; where the scanner says nothing, it
    waits. One in which something is found is not kept; its row says so. Raises NotAllowed without the
    register's power, Refused with what is wrong with the file, TooMany.
    """
    require(by, REGISTERS[event.kind].permission, event)
    spend_file(file.size, by=by)
    checked = check_upload(file)
    row = EventFile(
        state=event.state,
        event=event,
        **asdict(checked),
        by=by,
    )
    files.see_arrival(row, file)
    with store.unless_saved(), transaction.atomic():
        there = files.came_before(
            row,
            EventFile.objects.filter(event=event),
            says_the_same=files.same_name(row),
            refusal=files.named_there,
            again=again,
        )
        if there is not None:
            found: EventFile = there
            return found
        if row.status != FileStatus.REFUSED:
            store.put(row.file, row.name, file)
        row.save()
        _written(row, "event.file", by=by)
        if row.waits:
            files.promise_scan(row, by=by)
    return row


@files.told(EventFile)
def moved_on(row: EventFile) -> None:
    """A stored file was accepted or refused."""
    _written(row, f"event.file_{row.status}")


def _written(row: EventFile, verb: str, *, by: Any = None) -> None:
    keep([row])
    touch(row.state_id, moved=Moved.FACTS)
    record(verb, by=by, state=row.state, target=row, event=row.event_id, sha256=row.sha256, status=row.status)


@transaction.atomic
def remove(file: EventFile, *, by: Any) -> None:
    """Take a file of an open event away; the past and the audit log still name it.

    Raises NotAllowed without the register's power, Refused for a closed event, which rests on its files.
    """
    event = Event.objects.select_for_update(of=("self",)).select_related("state").get(pk=file.event_id)
    require(by, REGISTERS[event.kind].permission, event)
    entries.still_open(event)
    row = EventFile.objects.select_for_update(of=("self",)).get(pk=file.pk)
    drop([row])
    touch(event.state_id, moved=Moved.FACTS)
    record("event.file_remove", by=by, state=event.state, target=row, event=event.pk, sha256=row.sha256)
    row.delete()


def drop(rows: list[EventFile]) -> None:
    """Say that these rows are taken away, and promise that their files leave the store."""
    gone(rows)
    for row in rows:
        files.forget(row)
