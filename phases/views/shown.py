"""Values that several pages of this app show alike."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from nudm.core.arrival import FileStatus
from phases.blockers import Blocker
from phases.catalogue import Line, catalogue
from phases.clocks import Clock
from phases.models import Citation, Evidence, Item
from phases.progress import Progress, StageProgress
from phases.records import RecordKind
from phases.rules import Claim, Move, Party, Status, Truth, moves_from
from phases.views.counted import Counted, counted_by
from states.access import visible
from states.models import State
from states.past import as_on
from ulbs.models import Ulb
from ulbs.rules.counting import COUNTED

NAMED_TOWNS = 3
# Lines that nobody has to settle, such as advice, are with nobody.
SETTLED_LINE = Clock(Party.NOBODY)
DRAFT = {Status.IN_PROGRESS, Status.NOT_STARTED}


def needed_by(kind: RecordKind) -> dict[str, Any]:
    """The lines of the deck that rest on a set-up record, and what the programme recommends for them."""
    lines = [line for line in catalogue().lines() if kind.slug in line.record]
    advice = catalogue().lines(section="recommendation")
    return {
        "lines": lines,
        "tips": [tip for tip in advice if any(line.code in tip.advises for line in lines)],
    }


@dataclass(frozen=True, slots=True)
class StageCard:
    stage: Any
    progress: StageProgress
    url: str


def stage_cards(state: State, progress: Progress) -> list[StageCard]:
    """The four stages of a state, each a link to its checklist."""
    return [
        StageCard(
            catalogue().stage(s.number),
            s,
            reverse("phases:checklist", args=[state.iso, s.number]),
        )
        for s in progress.stages
    ]


@dataclass(frozen=True, slots=True)
class Shut:
    """A blocker with what its line counts, and the towns that this waits for."""

    blocker: Blocker
    counted: Counted | None
    towns: tuple[Ulb, ...] = ()
    more: int = 0


def name_towns(state: State, blockers: tuple[Blocker, ...], user: Any, day: date | None = None) -> list[Shut]:
    """Blockers in order; pilots that a count still waits for, or waited for on a past day, are named where
    they are few."""
    columns = {f"pilot.{word}": column for column, word in COUNTED.items()}
    wanted = {b.line.measure: columns[b.line.measure] for b in blockers if b.line.measure in columns}
    lacking: dict[str, list[Ulb]] = {}
    if wanted:
        for ulb in _pilots(state, user, day):
            ulb.state = state
            for measure, column in wanted.items():
                if not getattr(ulb, column):
                    lacking.setdefault(str(measure), []).append(ulb)
    return [
        Shut(
            b,
            counted_by(b.line, b.ratio, state.iso),
            tuple(towns[:NAMED_TOWNS]),
            max(len(towns) - NAMED_TOWNS, 0),
        )
        for b in blockers
        for towns in [lacking.get(b.line.measure or "", [])]
    ]


def _pilots(state: State, user: Any, day: date | None) -> Iterable[Ulb]:
    if day is None:
        return visible(Ulb, user).filter(state=state, pilot=True, in_scope=True, ended="")
    known = [ulb for ulb in as_on(Ulb, [state.pk], day) if ulb.pilot and ulb.counts]
    return sorted(known, key=lambda ulb: (ulb.name, ulb.lgd_code))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a checklist as a page shows it."""

    line: Line
    item: Item
    status: Status
    truth: Truth | None
    counted: Counted | None
    clock: Clock
    moves: tuple[Move, ...]
    citations: tuple[Citation, ...]
    tips: tuple[tuple[Line, Counted | None], ...]
    rests_on: tuple[Line, ...]
    marked: bool
    lacking: tuple[str, ...]
    reader: bool
    now: Status

    @property
    def party(self) -> Party:
        return self.clock.party

    @property
    def stays(self) -> list[tuple[Party, int]]:
        """The days with each party that had the line, in the order of parties."""
        return [(party, days) for party in Party if (days := self.clock.days_with.get(party))]

    @property
    def rests(self) -> bool:
        """Whether a measured line's own count is complete and it still waits for the lines it rests on."""
        return self.counted is not None and self.counted.ratio.complete and self.truth is not Truth.MET

    @property
    def told_by_count(self) -> bool:
        """Whether the count says how the line stands: where there is something to count."""
        if self.line.kind != "measured" or self.counted is None or self.truth is Truth.NOT_APPLICABLE:
            return False
        return self.counted.ratio.of > 0 and not self.rests

    @property
    def shown_remark(self) -> str:
        """The state's side's text; a draft is theirs alone to read, and so is what has become one since."""
        draft = {self.status, self.now} & DRAFT
        return "" if self.reader and draft else self.item.remark


def rows_of(
    lines: tuple[Line, ...],
    state: State,
    progress: Progress,
    *,
    powers: frozenset[str],
    user: Any,
    citations: dict[str, list[Citation]],
    now: Mapping[str, Item] | None = None,
) -> list[Row]:
    """The rows of a section, in the deck's order.

    With `now`, the lines as they stand now, `progress` is of a past day: there is nothing to do then.
    """
    book = catalogue()
    tips = [line for line in book.lines(section="recommendation")]
    found: list[Row] = []
    for line in lines:
        item = progress.items.get(line.code) or Item(state=state, code=line.code, stage=line.stage)
        status = Status(item.status)
        current = item if now is None else now.get(line.code)
        found.append(
            Row(
                line=line,
                item=item,
                status=status,
                truth=progress.truths.get(line.code),
                counted=counted_by(line, progress.tallies.get(line.measure or ""), state.iso),
                clock=progress.clocks.get(line.code, SETTLED_LINE),
                moves=moves_from(
                    status,
                    powers,
                    asks=Claim(item.asks),
                    submitted_by_me=item.submitted_by_id == user.pk,
                    handed=item.handed,
                    counted=line.kind != "attested",
                    closed=progress.stages[line.stage - 1].closed_on is not None,
                )
                if now is None and (line.kind == "attested" or _not_counted(line, item, progress))
                else (),
                citations=tuple(citations.get(line.code, ())),
                tips=tuple(
                    (tip, counted_by(tip, progress.tallies.get(tip.measure or ""), state.iso))
                    for tip in tips
                    if line.code in tip.advises
                ),
                rests_on=tuple(book.line(code) for code in line.needs),
                marked=line.code in progress.marks,
                lacking=tuple(slug for slug in line.record if slug not in progress.records),
                reader="update_checklist" not in powers,
                now=Status(current.status) if current is not None else Status.NOT_STARTED,
            )
        )
    return found


def _not_counted(line: Line, item: Item, progress: Progress) -> bool:
    """Whether a line that counts ULBs has none to count, or was asked about when it had none."""
    return line.counts_ulbs and (item.pk is not None or progress.live.of == 0)


@dataclass(frozen=True, slots=True)
class Claims:
    """Where else the file of a citation is claimed: on other lines by the same letter, and by another."""

    lines: tuple[Citation, ...]
    letters: tuple[Citation, ...]


def claims_of(citations: list[Citation], user: Any) -> dict[int, Claims]:
    """What else is claimed by the same file in the same state, by citation, in one query. Never what another
    state claims, for that would tell of a neighbour's file."""
    found: dict[tuple[int, str], list[Citation]] = {}
    digests = {citation.evidence.sha256 for citation in citations}
    same = visible(Citation, user).filter(evidence__sha256__in=digests).select_related("item", "evidence")
    for each in same if digests else ():
        found.setdefault((each.item.state_id, each.evidence.sha256), []).append(each)

    def others(citation: Citation) -> Claims:
        claimed = found[citation.item.state_id, citation.evidence.sha256]
        own = [each for each in claimed if each.evidence_id == citation.evidence_id]
        return Claims(
            tuple(each for each in own if each.pk != citation.pk),
            tuple(each for each in claimed if each not in own),
        )

    return {citation.pk: others(citation) for citation in citations}


def say_what_became_of(made: Evidence, request: HttpRequest) -> None:
    """Tell the uploader whether the file is in the library, waits, or was refused and why."""
    if made.came_before:
        words = _("This file was in the library already as “%(title)s”; it was not stored twice.")
        messages.info(request, words % {"title": made.title})
    elif made.readable:
        messages.success(request, _("The file is in the library."))
    elif made.status == FileStatus.REFUSED:
        messages.error(request, _("The file was refused. %(why)s") % {"why": made.explained})
    else:
        messages.warning(request, _("The file is kept. %(why)s") % {"why": made.explained})
