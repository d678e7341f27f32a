"""Verbs on gatherings, on the ULBs that take part, and on the action points of meetings."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from nudm.core.arrival import FileStatus
from nudm.core.dates import show, today
from nudm.core.errors import Refused
from states.access import require
from states.actions import Moved, record, touch
from states.models import State
from states.past import gone, keep
from ulbs.actions import entries, event_files, training
from ulbs.actions.uat import Pair, plan
from ulbs.models import ActionPoint, Event, EventUlb, Ulb
from ulbs.registers import REGISTERS
from ulbs.rules.events import EventKind, lacking

TAKEN = ("taken", "done_on")


@transaction.atomic
def save_event(
    state: State,
    kind: EventKind,
    values: Mapping[str, Any],
    *,
    row: Event | None = None,
    version: int = 0,
    towns: Iterable[Ulb] = (),
    close: bool = False,
    by: Any,
) -> Event:
    """Add or change an event, with more ULBs that take part; with `close`, it counts as held from now on.

    A UAT session plans the UAT of its modules in its ULBs; a training that is closed notes its day in
    them where none is noted. Raises NotAllowed without the register's
    power, Conflict, and Refused for a closed event, for more people present than invited, or, with `close`,
    for what is still lacking.
    """
    register = REGISTERS[kind.value]
    require(by, register.permission, state)
    event = entries.opened(register, row, version, values, by) if row else Event(state=state, kind=kind.value)
    entries.still_open(event)
    before, was = _pairs(event), event.on
    entries.put(event, values)
    _check_present(event)
    if row is None:
        event.made_by = by
        event.save()
    _take_part(event, towns)
    if close:
        _check_close(event)
        event.closed_on = today()
    entries.write(event, "event.close" if close else "event.save", by, kind=kind.value, fields=sorted(values))
    if kind is EventKind.UAT:
        plan(state, before | _pairs(event), was=was, by=by)
    if kind is EventKind.TRAINING and close:
        training.follow(state, _pairs(event), by=by)
    return event


def _check_present(event: Event) -> None:
    if event.invited is not None and (event.attended or 0) > event.invited:
        words = _("More people were present than were invited. Correct one of the two figures.")
        raise Refused(words, code="present", fields={"invited": [words], "attended": [words]})


def _check_close(event: Event) -> None:
    values = {field.name: getattr(event, field.name) for field in Event._meta.concrete_fields}
    around = {"towns": event.towns.exists(), "files": event.files.filter(status=FileStatus.ACCEPTED).exists()}
    missing = lacking(EventKind(event.kind), values | around)
    if missing:
        raise entries.refused({name: needed(name) for name in missing})
    if event.on > today():
        words = _("%(day)s lies in the future. Close it on the day it is held, or after.")
        raise entries.refused({"on": words % {"day": show(event.on)}})


def needed(name: str) -> str:
    """What is to be done about a field that a close needs."""
    return {
        "on": _("Give the date."),
        "towns": _("Choose the ULBs that take part."),
        "attended": _("Say how many people were present."),
        "feedback_method": _("Say by which of the three methods feedback was collected."),
        "topic": _("Choose what is reviewed."),
        "files": _("Add the plan that was reviewed as a file; it counts once the virus scanner has seen it."),
        "recording": _("Give the link to the recording: it is shared with the ULB employees."),
        "participants": _("Name the participants, one a line."),
        "minutes": _("Write the minutes."),
        "channel": _("Choose the channel."),
        "reach": _("Say how many people were reached."),
    }[name]


@transaction.atomic
def reopen_event(row: Event, *, version: int, reason: str, by: Any) -> Event:
    """Take the close of an event back, with a reason, and of a training the days that it noted.

    Raises NotAllowed, Conflict, Refused.
    """
    event: Event = entries.reopen(REGISTERS[row.kind], row, version=version, reason=reason, by=by)
    if event.kind == EventKind.TRAINING:
        training.follow(event.state, _pairs(event), was=event.on, by=by)
    return event


@transaction.atomic
def remove_event(row: Event, *, version: int, by: Any) -> None:
    """Take away an event that was entered by mistake; what it planned is planned no more.

    Raises NotAllowed, Conflict, and Refused for a closed one, or for a review whose findings are logged.
    """
    event = entries.opened(REGISTERS[row.kind], row, version, {}, by)
    entries.still_open(event)
    pairs, was, state = _pairs(event), event.on, event.state
    if event.findings.exists():
        raise Refused(_("Its findings are in the log of incidents: it stays."), code="in_use")
    event_files.drop(list(event.files.all()))
    gone([*event.towns.all(), *event.points.all(), event])
    touch(state, moved=Moved.FACTS)
    record("event.remove", by=by, state=state, target=event, kind=event.kind)
    event.delete()
    if row.kind == EventKind.UAT:
        plan(state, pairs, was=was, by=by)


@transaction.atomic
def change_towns(row: Event, towns: Iterable[Ulb], *, take_part: bool, by: Any) -> int:
    """Let ULBs take part in an event, or no longer; how many changed. Raises NotAllowed, Refused."""
    require(by, REGISTERS[row.kind].permission, row)
    event = Event.objects.select_for_update(of=("self",)).select_related("state").get(pk=row.pk)
    entries.still_open(event)
    before = _pairs(event)
    if take_part:
        changed = _take_part(event, towns)
    else:
        off = list(event.towns.filter(ulb__in=[ulb.pk for ulb in towns]))
        gone(off)
        event.towns.filter(pk__in=[row.pk for row in off]).delete()
        changed = len(off)
    if event.kind == EventKind.UAT:
        plan(event.state, before ^ _pairs(event), was=event.on, by=by)
    touch(event.state, moved=Moved.FACTS)
    record("event.towns", by=by, state=event.state, target=event, take_part=take_part, ulbs=changed)
    return changed


def _take_part(event: Event, towns: Iterable[Ulb]) -> int:
    there = set(event.towns.values_list("ulb_id", flat=True))
    new = {
        ulb.pk: EventUlb(state=event.state, event=event, ulb=ulb)
        for ulb in towns
        if ulb.state_id == event.state_id and ulb.counts and ulb.pk not in there
    }
    keep(EventUlb.objects.bulk_create(new.values(), batch_size=500))
    return len(new)


def _pairs(event: Event) -> set[Pair]:
    if event.pk is None or event.kind not in {EventKind.UAT, EventKind.TRAINING}:
        return set()
    modules = [code for code in event.modules.split(",") if code]
    return {(ulb, code) for ulb in event.towns.values_list("ulb_id", flat=True) for code in modules}


@transaction.atomic
def save_point(
    meeting: Event, values: Mapping[str, Any], *, row: ActionPoint | None = None, version: int = 0, by: Any
) -> ActionPoint:
    """Note an action point of a meeting, or what was done about one.

    What was decided stays as it is once the meeting is closed; what was done is added at any time.
    Raises NotAllowed without `manage_ulbs`, Conflict, Refused.
    """
    require(by, REGISTERS["meeting"].permission, meeting)
    point = ActionPoint.objects.select_for_update().get(pk=row.pk, event=meeting) if row else None
    if point is not None:
        entries.same_version(point, version, values)
    point = point or ActionPoint(state=meeting.state, event=meeting)
    if any(getattr(point, name) != value for name, value in values.items() if name not in TAKEN):
        entries.still_open(meeting)
    entries.put(point, values)
    _check_point(point, meeting)
    point.version += 1
    point.save()
    keep([point])
    touch(meeting.state, moved=Moved.FACTS)
    record("event.point", by=by, state=meeting.state, target=point, done=point.done_on is not None)
    return point


def _check_point(point: ActionPoint, meeting: Event) -> None:
    entries.not_ahead("done_on", point.done_on)
    if point.done_on and not point.taken.strip():
        raise entries.refused({"taken": _("Say what was done.")})
    for name, day in (("due", point.due), ("done_on", point.done_on)):
        if day and day < meeting.on:
            words = _("This lies before the meeting (%(day)s). Correct the date.")
            raise entries.refused({name: words % {"day": show(meeting.on)}})
