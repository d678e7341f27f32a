"""How a checklist line moves, and what is met. Pure: no Django, no clock, no database."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from nudm.core.ratio import Ratio
from phases.catalogue import Catalogue, Line
from ulbs.rules.counting import Limits


class Status(StrEnum):
    """Where a line stands; the words officers know from the ministry's review portals."""

    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    UNDER_REVIEW = "under_review"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    NOT_APPLICABLE = "not_applicable"


class Claim(StrEnum):
    """What a line under review asks the centre to agree to."""

    MET = "met"
    NOT_APPLICABLE = "not_applicable"


class Truth(StrEnum):
    """Three values, and a fourth for what leaves the denominator."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


class Party(StrEnum):
    """With whom a line is. Exactly one, until it is accepted or agreed not applicable."""

    STATE = "state"
    AGENCY = "agency"
    TOWN = "town"
    CENTRE = "centre"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table that buttons, API, permissions, docs and tests all read.

    `claim` names the claim that the move makes (towards review) or answers (away from it). `handed` is
    set where the move is about an item of the IA only: whether it has been handed over to the State/UT.
    """

    name: str
    source: Status
    to: Status
    permission: str
    claim: Claim | None = None
    needs_evidence: bool = False
    needs_reason: bool = False
    handed: bool | None = None


S = Status
MOVES: tuple[Move, ...] = (
    Move("start", S.NOT_STARTED, S.IN_PROGRESS, "update_checklist"),
    Move(
        "submit",
        S.IN_PROGRESS,
        S.UNDER_REVIEW,
        "submit_item",
        Claim.MET,
        needs_evidence=True,
    ),
    Move(
        "submit",
        S.RETURNED,
        S.UNDER_REVIEW,
        "submit_item",
        Claim.MET,
        needs_evidence=True,
    ),
    Move(
        "ask_na",
        S.NOT_STARTED,
        S.UNDER_REVIEW,
        "submit_item",
        Claim.NOT_APPLICABLE,
        needs_reason=True,
    ),
    Move(
        "ask_na",
        S.IN_PROGRESS,
        S.UNDER_REVIEW,
        "submit_item",
        Claim.NOT_APPLICABLE,
        needs_reason=True,
    ),
    Move(
        "ask_na",
        S.RETURNED,
        S.UNDER_REVIEW,
        "submit_item",
        Claim.NOT_APPLICABLE,
        needs_reason=True,
    ),
    Move("withdraw", S.UNDER_REVIEW, S.IN_PROGRESS, "submit_item"),
    Move("hand_over", S.IN_PROGRESS, S.IN_PROGRESS, "update_checklist", handed=False),
    Move("hand_over", S.RETURNED, S.RETURNED, "update_checklist", handed=False),
    Move("hand_back", S.IN_PROGRESS, S.IN_PROGRESS, "submit_item", needs_reason=True, handed=True),
    Move("hand_back", S.RETURNED, S.RETURNED, "submit_item", needs_reason=True, handed=True),
    Move("accept", S.UNDER_REVIEW, S.ACCEPTED, "review_item", Claim.MET),
    Move(
        "agree_na",
        S.UNDER_REVIEW,
        S.NOT_APPLICABLE,
        "review_item",
        Claim.NOT_APPLICABLE,
    ),
    Move("return", S.UNDER_REVIEW, S.RETURNED, "review_item", needs_reason=True),
    Move("reopen", S.ACCEPTED, S.RETURNED, "review_item", needs_reason=True),
    Move("reopen", S.NOT_APPLICABLE, S.RETURNED, "review_item", needs_reason=True),
)
EDITABLE = frozenset({S.NOT_STARTED, S.IN_PROGRESS, S.RETURNED})
SETTLED = frozenset({S.ACCEPTED, S.NOT_APPLICABLE})


# What can be done about a line that is counted: treat it as not applicable where there is nothing to count.
OF_COUNTS = frozenset({"ask_na", "withdraw", "agree_na", "return", "reopen"})
REASONS = (
    "incomplete",
    "illegible",
    "wrong_document",
    "not_signed",
    "figures_differ",
    "other",
)


def moves_from(
    status: Status,
    powers: Collection[str],
    *,
    asks: Claim = Claim.MET,
    submitted_by_me: bool = False,
    handed: bool | None = None,
    counted: bool = False,
    closed: bool = False,
) -> tuple[Move, ...]:
    """The moves that may be offered, and exactly those that will be accepted, for this status.

    `asks` is the claim of a line under review; who submitted it may neither accept nor agree. `handed`
    says of an item of the IA whether it has been handed over to the State/UT; None for all others.
    `counted` says that the line is a count, which nobody attests; `closed` that its stage is closed, so that
    what is settled stays settled.
    """
    return tuple(
        move
        for move in MOVES
        if move.source is status
        and move.permission in powers
        and (status is not S.UNDER_REVIEW or move.claim is None or move.claim is asks)
        and (move.handed is None or move.handed is handed)
        and (not counted or move.name in OF_COUNTS)
        and not (closed and move.source in SETTLED)
        and not (submitted_by_me and move.source is S.UNDER_REVIEW and move.permission == "review_item")
    )


def party_of(status: Status, owner: str, *, handed: bool = False) -> Party:
    """With whom an item is: the reviewer while under review, nobody once settled, else its owner, or the
    State/UT once the IA has handed it over."""
    if status is S.UNDER_REVIEW:
        return Party.CENTRE
    if status in SETTLED:
        return Party.NOBODY
    return Party.STATE if handed and owner == Party.AGENCY else Party(owner)


def attested(status: Status) -> Truth:
    """What an attested line's status says: only the centre's word makes it met or not met."""
    return {
        S.ACCEPTED: Truth.MET,
        S.RETURNED: Truth.NOT_MET,
        S.NOT_APPLICABLE: Truth.NOT_APPLICABLE,
    }.get(status, Truth.UNKNOWN)


def measured(ratio: Ratio | None, quorum: str, limits: Limits) -> Truth:
    """What a count says under `quorum`: `all`, `any`, or the name of the threshold that says it; nothing to
    count is not yet known."""
    if ratio is None or ratio.of == 0:
        return Truth.UNKNOWN
    said = quorum if quorum in {"all", "any"} else getattr(limits, quorum)
    least = ratio.of if said == "all" else 1 if said == "any" else int(said)
    return Truth.MET if ratio.n >= min(least, ratio.of) else Truth.NOT_MET


def asks_of_others(measure: str) -> bool:
    """Whether what is counted is in ULBs that are no pilots."""
    return measure.startswith("rest.") or measure in {"first_batch.live", "batches.started"}


def agreed_uncounted(line: Line, statuses: Mapping[str, Status], tallies: Mapping[str, Ratio]) -> bool:
    """Whether a line that counts ULBs was agreed not applicable; that holds only while none is in scope."""
    no_ulbs = tallies.get("all.live", Ratio(0, 0)).of == 0
    return line.counts_ulbs and no_ulbs and statuses.get(line.code) is Status.NOT_APPLICABLE


def counted(
    line: Line,
    statuses: Mapping[str, Status],
    tallies: Mapping[str, Ratio],
    limits: Limits,
    happened: Collection[str] = (),
) -> Truth:
    """What the line's own count says, whatever else the line rests on: not applicable where that was agreed
    (`agreed_uncounted`) and where it asks of the others and every ULB is a pilot, as in Chandigarh with its
    one; met for good once its event has happened."""
    no_others = tallies.get("pilot.identified", Ratio(0, 0)).complete
    if agreed_uncounted(line, statuses, tallies) or (no_others and asks_of_others(line.measure or "")):
        return Truth.NOT_APPLICABLE
    if line.event and line.code in happened:
        return Truth.MET
    return measured(tallies.get(line.measure or ""), line.quorum, limits)


def both(parts: Iterable[Truth]) -> Truth:
    """Kleene's AND; what is not applicable drops out, and nothing but that is not applicable."""
    left = [part for part in parts]
    applying = [part for part in left if part is not Truth.NOT_APPLICABLE]
    if left and not applying:
        return Truth.NOT_APPLICABLE
    if Truth.NOT_MET in applying:
        return Truth.NOT_MET
    return Truth.UNKNOWN if Truth.UNKNOWN in applying or not applying else Truth.MET


def assess(
    catalogue: Catalogue,
    statuses: Mapping[str, Status],
    tallies: Mapping[str, Ratio],
    records: Collection[str],
    limits: Limits,
    happened: Collection[str] = (),
) -> dict[str, Truth]:
    """The truth of every line that has one, for one state.

    `statuses` by line code (absent: not started), `tallies` by measure, `records` the complete
    set-up records, `limits` the thresholds in force, `happened` the events that have been met: their count
    was reached once and stays reached. An item agreed not applicable settles its line
    whatever else the line names; of a line that counts ULBs it settles the count, and only as long as there
    is no ULB in scope. Where every ULB is a pilot, what is asked of the others does not apply.
    """

    @cache
    def truth(code: str) -> Truth:
        line = catalogue.line(code)
        parts: list[Truth] = []
        if line.kind == "attested":
            said = attested(statuses.get(code, Status.NOT_STARTED))
            if said is Truth.NOT_APPLICABLE:
                return said
            parts.append(said)
        if not line.needs and agreed_uncounted(line, statuses, tallies):
            return Truth.NOT_APPLICABLE
        parts += [Truth.MET if slug in records else Truth.UNKNOWN for slug in line.record]
        if line.measure:
            parts.append(counted(line, statuses, tallies, limits, happened))
        parts += [truth(need) for need in line.needs]
        return both(parts)

    return {line.code: truth(line.code) for line in catalogue.lines() if has_truth(line)}


def has_truth(line: Line) -> bool:
    """Whether anything settles the line; pure guidance has no truth."""
    return line.kind != "guidance"


def met_of(truths: Iterable[Truth]) -> Ratio:
    """Met out of those that apply."""
    applying = [truth for truth in truths if truth is not Truth.NOT_APPLICABLE]
    return Ratio(sum(truth is Truth.MET for truth in applying), len(applying))
