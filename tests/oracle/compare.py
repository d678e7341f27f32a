"""What the product says of a State/UT on past days, held against the second computation."""

from collections.abc import Iterable
from datetime import date
from types import SimpleNamespace
from typing import Any

from phases.catalogue import catalogue
from phases.models import Step
from phases.progress import progress_of
from states.models import Past, State
from tests.oracle import parties
from tests.oracle.deck import CRITERIA, Happened, Reader
from tests.oracle.rows import INDIA, Tables, as_day, evenings, every, first_appointment

SAID = {"met": True, "not_met": False, "unknown": False, "not_applicable": None}


def differences(state: State, days: Iterable[date]) -> tuple[int, list[str]]:
    """How many answers were compared, and where the two differ."""
    happened, compared, found = Happened(), 0, list[str]()
    steps, worked_on = _steps(state), _worked_on(state)
    closed: dict[int, date] = {}
    for day, tables in evenings(state.pk, days, happened.note):
        progress = progress_of([state], as_on=day)[state.pk]
        answer = Reader(tables, day, happened).criteria()
        standing = _closures(tables)
        closed = {number: on for number, row in standing.items() if (on := as_day(row.at))} | closed
        for number, criteria in CRITERIA.items():
            stage = progress.stages[number - 1]
            ours = answer.criteria[number]
            theirs = [SAID[progress.truths[line.code].value] for line, _truth in stage.criteria]
            compared += criteria + 3
            assert len(ours) == len(theirs) == criteria
            where = f"{state.iso} {day} stage {number}"
            if number in standing:
                lost = {n for n, said in enumerate(ours) if said is False and _was_good(standing[number], n)}
                slipped = {n for n, (line, _t) in enumerate(stage.criteria) if line in _lines(stage.slipped)}
                if (stage.status, stage.met) != ("complete", stage.total) or lost != slipped:
                    found.append(f"{where}: closed, {stage.met} of {stage.total}, {slipped} and not {lost}")
            elif ours != theirs or (stage.met, stage.total) != (answer.met(number), answer.total(number)):
                found.append(f"{where}: {theirs} ({stage.met} of {stage.total}), not {ours}")
            if stage.gate_open != (number not in standing and all(said is not False for said in ours)):
                found.append(f"{where}: gate {stage.gate_open}")
        opened = _opened(state, day, closed, happened)
        n, wrong = _clocks(progress, tables, day, steps, worked_on, opened)
        compared += n
        found += wrong
    return compared, found


def _closures(tables: Tables) -> dict[int, Any]:
    """The closures that stand, by stage."""
    return {row.stage: row for row in every(tables, "closure") if not getattr(row, "undone_at", None)}


def _was_good(closure: Any, place: int) -> bool:
    """Whether a criterion was met, or agreed not applicable, when its stage was closed."""
    saw = list(closure.saw.values())
    return saw[place] in {"met", "not_applicable"}


def _lines(slipped: Any) -> list[Any]:
    return [one.line for one in slipped]


def _steps(state: State) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for step in Step.objects.filter(state=state).select_related("item").order_by("at", "pk"):
        on = step.at.astimezone(INDIA).date()
        found.setdefault(step.item.code, []).append(SimpleNamespace(day=on, move=step.move, to=step.to))
    return found


def _worked_on(state: State) -> dict[str, date]:
    """The first day on which anybody began an item or saved a record that it rests on."""
    found: dict[str, date] = {}
    lines = Past.objects.filter(state=state, model__in=["item", "record"]).order_by("since", "pk")
    for model, since, data in lines.values_list("model", "since", "data"):
        on = since.astimezone(INDIA).date()
        if data is None:
            continue
        if model == "item" and data["status"] != "not_started":
            found.setdefault(data["code"], on)
        elif model == "record":
            for code, slugs in parties.RECORDS.items():
                if data["kind"] in slugs:
                    found.setdefault(code, on)
    return found


def _opened(state: State, day: date, closed: dict[int, date], happened: Happened) -> dict[int, date | None]:
    """When each stage opened for the State/UT, as far as it had on that day."""
    first = first_appointment(state.pk, day)
    fourth = [on for on in (closed.get(3), happened.first_batch_live) if on]
    return {
        1: first,
        2: closed.get(1),
        3: closed.get(2),
        4: min(fourth, default=None),
    }


def _clocks(
    progress: Any,
    tables: Tables,
    day: date,
    steps: dict[str, list[Any]],
    worked_on: dict[str, date],
    opened: dict[int, date | None],
) -> tuple[int, list[str]]:
    """The items that a person attests and that are not settled: with whom, how old, the days with each."""
    settled = {row.code for row in every(tables, "item") if row.status in {"accepted", "not_applicable"}}
    compared, found = 0, []
    for line in catalogue().lines():
        if line.kind != "attested" or line.code in settled:
            continue
        ours = parties.clock(
            line.code, steps.get(line.code, []), opened[line.stage], worked_on.get(line.code), day
        )
        theirs = progress.clocks[line.code]
        days_with = {party.value: n for party, n in theirs.days_with.items() if n}
        compared += 3
        if (ours.party, ours.age, ours.days_with) != (theirs.party.value, theirs.age_days, days_with):
            found.append(f"{day} {line.code}: {theirs}, not {ours}")
    return compared, found
