"""Values that several pages of this app show alike."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Subquery, Value
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from nudm.core.dates import show
from phases.catalogue import Line, catalogue
from phases.models import Citation, Evidence, Item
from phases.progress import Blocker, Progress, StageProgress
from phases.rules import Claim, Move, Party, Status, Truth, moves_from, party_of
from states.access import standing, visible
from states.models import State
from states.past import as_on, as_on_all
from ulbs.models import Ulb
from ulbs.rules.counting import COUNTED

NAMED_TOWNS = 3
# Nobody changes the past: a page of an earlier day offers nothing but reading.
READING = frozenset({"view_state"})
REGISTERED = frozenset({"events", "cadence", "criticals", "help_desk", "policy"})


def state_for(request: HttpRequest, iso: str) -> State:
    """The state that a page is about, and with it, in the same query, how many lines wait for a reviewer.

    Raises Http404 for a state that does not exist for this person.
    """
    states = visible(State, request.user)
    reviewed = standing(request.user).states("review_item")
    if reviewed:
        waits = (
            visible(Item, request.user)
            .filter(status=Status.UNDER_REVIEW.value, state__in=reviewed)
            .order_by()
            .annotate(one=Value(1))
            .values("one")
            .annotate(count=Count("pk"))
            .values("count")
        )
        states = states.annotate(waiting=Subquery(waits))
    state: State = get_object_or_404(states, iso=iso.upper())
    request.waiting = getattr(state, "waiting", 0) or 0  # type: ignore[attr-defined]
    return state


@dataclass(frozen=True, slots=True)
class StageCard:
    stage: Any
    progress: StageProgress
    url: str


def stage_cards(state: State, progress: Progress, day: date | None = None) -> list[StageCard]:
    """The four stages of a state, each a link to its checklist of the same day."""
    then = f"?as_on={show(day)}" if day else ""
    return [
        StageCard(
            catalogue().stage(s.number),
            s,
            reverse("phases:checklist", args=[state.iso, s.number]) + then,
        )
        for s in progress.stages
    ]


@dataclass(frozen=True, slots=True)
class Shut:
    """A blocker with the towns that a count waits for."""

    blocker: Blocker
    towns: tuple[Ulb, ...] = ()
    more: int = 0


def name_towns(state: State, blockers: tuple[Blocker, ...], user: Any, day: date | None = None) -> list[Shut]:
    """Blockers in order; pilots that a count still waits for are named where they are few."""
    columns = {f"pilot.{word}": column for column, word in COUNTED.items()}
    wanted = {b.line.measure: columns[b.line.measure] for b in blockers if b.line.measure in columns}
    lacking: dict[str, list[Ulb]] = {}
    if wanted:
        rows = visible(Ulb, user).filter(state=state, pilot=True, in_scope=True, ended="")
        for ulb in rows if day is None else _pilots(state, day):
            ulb.state = state
            for measure, column in wanted.items():
                if not getattr(ulb, column):
                    lacking.setdefault(str(measure), []).append(ulb)
    return [
        Shut(b, tuple(towns[:NAMED_TOWNS]), max(len(towns) - NAMED_TOWNS, 0))
        for b in blockers
        for towns in [lacking.get(b.line.measure or "", [])]
    ]


def _pilots(state: State, day: date) -> list[Ulb]:
    return [ulb for ulb in as_on(Ulb, [state.pk], day) if ulb.pilot and ulb.counts]


def cited_on(state: State, stage: int, day: date, user: Any) -> list[Citation]:
    """What lines cited at the end of a day, citations taken off since included."""
    rows = as_on_all([Citation, Item], [state.pk], day)
    items = {item.pk: item for item in rows[Item] if item.stage == stage}
    files = {row.pk: row for row in visible(Evidence, user).filter(state=state)}
    found = []
    for citation in rows[Citation]:
        if citation.item_id in items and citation.evidence_id in files:
            citation.item, citation.evidence = items[citation.item_id], files[citation.evidence_id]
            found.append(citation)
    return found


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a checklist as a page shows it."""

    line: Line
    item: Item
    status: Status
    truth: Truth | None
    ratio: Any
    party: Party
    moves: tuple[Move, ...]
    citations: tuple[Citation, ...]
    tips: tuple[Line, ...]
    rests_on: tuple[Line, ...]
    marked: bool
    lacking: tuple[str, ...]
    for_centre: bool

    @property
    def counted_at(self) -> str:
        """The page on which what a measured line counts is entered."""
        subject, _dot, _word = (self.line.measure or "").partition(".")
        return "ulbs:registers" if subject in REGISTERED else "ulbs:list"

    @property
    def shown_remark(self) -> str:
        """The state's side's text; a draft is not the centre's to read."""
        draft = self.status in {Status.IN_PROGRESS, Status.NOT_STARTED}
        return "" if self.for_centre and draft else self.item.remark


def rows_of(
    lines: tuple[Line, ...],
    state: State,
    progress: Progress,
    *,
    powers: frozenset[str],
    user: Any,
    citations: dict[str, list[Citation]],
) -> list[Row]:
    """The rows of a section, in the deck's order."""
    book = catalogue()
    tips = [line for line in book.lines(section="recommendation")]
    found: list[Row] = []
    for line in lines:
        item = progress.items.get(line.code) or Item(state=state, code=line.code, stage=line.stage)
        status = Status(item.status)
        attested = line.kind == "attested"
        found.append(
            Row(
                line=line,
                item=item,
                status=status,
                truth=progress.truths.get(line.code),
                ratio=progress.tallies.get(line.measure) if line.measure else None,
                party=party_of(status, line.owner),
                moves=moves_from(
                    status,
                    powers,
                    asks=Claim(item.asks),
                    submitted_by_me=item.submitted_by_id == user.pk,
                )
                if attested
                else (),
                citations=tuple(citations.get(line.code, ())),
                tips=tuple(tip for tip in tips if line.code in tip.advises),
                rests_on=tuple(book.line(code) for code in line.needs),
                marked=line.code in progress.marks,
                lacking=tuple(slug for slug in line.record if slug not in progress.records),
                for_centre="review_item" in powers and "update_checklist" not in powers,
            )
        )
    return found
