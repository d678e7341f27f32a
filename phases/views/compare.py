"""What moved in a state between two days."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from nudm.core import scope, tables
from nudm.core.as_on import asked_day, read_day, shows_the_past
from nudm.core.dates import show, today
from nudm.core.errors import Refused
from nudm.core.tables import Column, Table
from phases.compare import BatchMove, TownMove, of_state
from phases.models import Step
from states.access import visible
from states.actions import record as log
from states.models import State
from states.past import end_of
from states.views.shown import state_for
from ulbs.models import MASTER_DATA_LABELS, STEP_LABELS, TYPE_LABELS, Batch, Ulb
from ulbs.rules.moved import Change, Turn
from ulbs.values import module_names

SPAN = 30
PAGE = 100


@shows_the_past
def page(request: HttpRequest, iso: str) -> HttpResponseBase:
    """Stages, criteria, lines, ULBs and figures that differ, in at most ten queries; the ULBs as a file."""
    state = state_for(request, iso)
    first, last = two_days(request)
    told = of_state(state, first, last)
    moved, towns = told.moved, told.towns
    if request.GET.get("format") in tables.TYPES:
        return _file(request, state, first, last, towns)
    shown = Paginator(towns, PAGE).get_page(request.GET.get("page"))
    steps = _last_steps(state, first, last, request.user)
    context = {
        "state": state,
        "first": first,
        "as_on": asked_day(request),
        "last": last,
        "moved": moved,
        "lines": [(move, steps.get(move.line.code)) for move in moved.lines],
        "measures": [(line, old, new, new.n - old.n) for line, old, new in moved.measures],
        "turns": _counted(towns),
        "page": shown,
        "towns": [(town.ulb, [words(change) for change in town.changes]) for town in shown],
        "batches": [(move.batch, _of_batch(move)) for move in told.batches],
        "registers": told.registers,
        "figures": told.figures,
    }
    return render(request, "phases/compare.html", context)


def _file(
    request: HttpRequest, state: State, first: date, last: date, towns: Sequence[TownMove]
) -> HttpResponseBase:
    """What happened to which ULB, a line for each. Who took it away is recorded."""
    lines = [(town.ulb, change) for town in towns for change in town.changes]
    columns = [
        Column("name", _("ULB"), lambda line: line[0].label, width=30),
        Column("lgd_code", _("LGD code"), lambda line: line[0].lgd_code),
        Column("what", _("What happened"), lambda line: words(line[1]), width=60),
    ]
    told = _("%(what)s, %(state)s, %(first)s to %(last)s") % {
        "what": _("What moved"),
        "state": state.label,
        "first": show(first),
        "last": show(last),
    }
    kind, name = request.GET["format"], f"nudm-moved-{state.iso}-{first.isoformat()}-{last.isoformat()}"
    log("compare.export", by=request.user, state=state, kind=kind, rows=len(lines))
    return tables.export(
        lambda: Table(_("ULBs"), told, columns, lines),
        kind,
        name,
        rows=len(lines),
        scope=lambda: scope.of(request.user),
    )


def two_days(request: HttpRequest) -> tuple[date, date]:
    """`?from=` and `?to=`: the last thirty days until today, or `?as_on=`, where they are not given.

    Raises Refused for what is no day, a day to come, or days in the wrong order.
    """
    last = read_day(request.GET.get("to", ""), "to") or asked_day(request) or today()
    first = read_day(request.GET.get("from", ""), "from") or last - timedelta(days=SPAN)
    if first > last:
        told = _("%(first)s lies after %(last)s. Exchange the two days.")
        told = told % {"first": show(first), "last": show(last)}
        raise Refused(told, code="date_order", fields={"from": [told]})
    return first, last


def _last_steps(state: State, first: date, last: date, user: Any) -> dict[str, Step]:
    """The last step of each line after the first day: who moved it to where it was on the last."""
    steps = visible(Step, user).filter(state=state, at__gte=end_of(first), at__lt=end_of(last))
    return {step.item.code: step for step in steps.select_related("item", "by", "post__team").order_by("pk")}


def _counted(towns: list[TownMove]) -> list[tuple[str, int]]:
    """How many ULBs each thing happened to."""
    found = [{change.turn for change in town.changes if not change.taken_back} for town in towns]
    counted = Counter(turn for turns in found for turn in turns)
    return [(label, counted[turn]) for turn, label in _labels().items() if turn in counted]


def _of_batch(move: BatchMove) -> list[str]:
    """What happened to a batch, in words."""
    told = [_("made")] if move.made else [_("taken away")] if move.removed else []
    for name, old, new in move.dates:
        told.append(_dated(str(Batch._meta.get_field(name).verbose_name), old, new))  # type: ignore[union-attr]
    return told


def _labels() -> dict[Turn, str]:
    return {
        Turn.LIVE: _("went live"),
        Turn.TRAINED: _("trained"),
        Turn.SIGNED_OFF: _("UAT signed off"),
        Turn.UAT_PLANNED: _("UAT planned"),
        Turn.VALIDATED: _("master data validated"),
        Turn.STARTED: _("master data collection started"),
        Turn.MODULE: _("modules at another step"),
        Turn.MASTER_DATA: _("master data on its way"),
        Turn.CONFIRMED: _("facts confirmed"),
        Turn.NOT_CONFIRMED: _("facts not confirmed any more"),
        Turn.PILOT: _("made a pilot"),
        Turn.NO_PILOT: _("no pilot any more"),
        Turn.BATCH: _("batch changed"),
        Turn.ENTERED: _("entered in the register"),
        Turn.RENAMED: _("renamed"),
        Turn.TYPE: _("of another type"),
        Turn.CODE: _("LGD code given or changed"),
        Turn.DETAILS: _("details changed"),
        Turn.ENDED: _("merged, split or dropped"),
        Turn.REINSTATED: _("taken back into the register"),
        Turn.LEFT_OUT: _("left out of scope"),
        Turn.TAKEN_IN: _("taken into scope"),
        Turn.TAKEN_AWAY: _("taken out of the register again"),
    }


def words(change: Change) -> str:
    """What happened to a ULB, in words."""
    label, old, new = _labels()[change.turn], change.old, change.new
    if isinstance(old, date) or (isinstance(new, date) and change.turn is not Turn.ENDED):
        return _dated(label, old, new)
    if change.turn is Turn.ENDED:
        return f"{Ulb.Ended(old).label}, {show(new)}"
    if change.turn is Turn.MODULE:
        return f"{module_names(new[0])}: {STEP_LABELS[old[1]]} → {STEP_LABELS[new[1]]}"
    if change.turn is Turn.MASTER_DATA:
        return f"{module_names(new[0])}: {MASTER_DATA_LABELS[old[1]]} → {MASTER_DATA_LABELS[new[1]]}"
    if change.turn in {Turn.CONFIRMED, Turn.NOT_CONFIRMED}:
        fact = str(Ulb._meta.get_field(new).verbose_name)  # type: ignore[union-attr]
        return fact if change.turn is Turn.CONFIRMED else _("%(fact)s: taken back") % {"fact": fact}
    if change.turn is Turn.BATCH:
        return _("batch: %(old)s → %(new)s") % {"old": old or "–", "new": new or "–"}
    if change.turn is Turn.RENAMED:
        return _("renamed: %(old)s → %(new)s") % {"old": old, "new": new}
    if change.turn is Turn.TYPE:
        return _("became: %(type)s") % {"type": TYPE_LABELS.get(new, new)}
    if change.turn is Turn.CODE:
        return _("LGD code: %(old)s → %(new)s") % {"old": old, "new": new}
    if change.turn is Turn.DETAILS:
        names = ", ".join(str(Ulb._meta.get_field(name).verbose_name) for name in new)  # type: ignore[union-attr]
        return f"{label}: {names}"
    return f"{label}: {new}" if change.turn is Turn.LEFT_OUT and new else label


def _dated(label: str, old: date | None, new: date | None) -> str:
    told = {"what": label, "old": show(old) if old else "", "new": show(new) if new else ""}
    if old is None:
        return _("%(what)s, %(new)s") % told
    if new is None:
        return _("%(what)s, %(old)s: taken back") % told
    return _("%(what)s: %(old)s corrected to %(new)s") % told
