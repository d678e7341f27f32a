"""What keeps a gate shut: the lines on which its criteria wait, with whom, for how many days."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from nudm.core.ratio import Ratio
from phases.catalogue import Line, catalogue
from phases.clocks import Clock
from phases.models.item import STATUS_LABELS
from phases.rules import SETTLED, Party, Status, Truth, counted
from ulbs.limits import limits


@dataclass(frozen=True, slots=True)
class Blocker:
    """A line that keeps a gate shut: what it is, how it stands, with whom, for how many days."""

    criterion: Line
    line: Line
    status: Status
    truth: Truth
    ratio: Ratio | None
    vacant: bool
    clock: Clock

    @property
    def party(self) -> Party:
        return self.clock.party

    @property
    def days(self) -> int | None:
        return self.clock.days


def standing_of(blocker: Blocker) -> str:
    """How a line that keeps a gate shut stands, in the reader's language: its text with its count, or with
    its status where it is attested."""
    said = blocker.line.text.in_(get_language() or "en")
    if blocker.vacant:
        return _("%(line)s The nodal officer's post is vacant.") % {"line": said}
    words = {"line": said.rstrip(".।"), "status": STATUS_LABELS[blocker.status]}
    ratio = blocker.ratio
    if ratio is not None and not ratio.complete:
        numbers = words | {"n": ratio.n, "of": ratio.of}
        if blocker.line.kind == "attested" and blocker.status not in SETTLED:
            return _("%(line)s: %(n)s of %(of)s, %(status)s") % numbers
        return _("%(line)s: %(n)s of %(of)s") % numbers
    if blocker.line.kind == "attested" and blocker.status not in SETTLED:
        return _("%(line)s: %(status)s") % words
    return _("%(line)s: not complete") % words


def blockers_of(
    criteria: tuple[tuple[Line, Truth], ...],
    statuses: Mapping[str, Status],
    truths: Mapping[str, Truth],
    tallies: Mapping[str, Ratio],
    clocks: Mapping[str, Clock],
) -> tuple[Blocker, ...]:
    """For each criterion that is not met, the leaves of the catalogue's graph that are not."""
    found: list[Blocker] = []
    seen: set[str] = set()
    for criterion, truth in criteria:
        if truth in {Truth.MET, Truth.NOT_APPLICABLE}:
            continue
        for line in catalogue().leaves(criterion.code):
            if line.code in seen or truths[line.code] in {
                Truth.MET,
                Truth.NOT_APPLICABLE,
            }:
                continue
            seen.add(line.code)
            if _counted_out(line, statuses, tallies):
                continue
            found.append(_blocker(criterion, line, statuses, truths, tallies, clocks))
    return tuple(found)


def _counted_out(line: Line, statuses: Mapping[str, Status], tallies: Mapping[str, Ratio]) -> bool:
    """Whether a measured line's own count is complete or does not apply, so that only the lines it rests on
    keep it open."""
    if line.kind != "measured" or line.record:
        return False
    return counted(line, statuses, tallies, limits()) in {Truth.MET, Truth.NOT_APPLICABLE}


def _blocker(
    criterion: Line,
    line: Line,
    statuses: Mapping[str, Status],
    truths: Mapping[str, Truth],
    tallies: Mapping[str, Ratio],
    clocks: Mapping[str, Clock],
) -> Blocker:
    ratio = tallies.get(line.measure) if line.measure else None
    return Blocker(
        criterion=criterion,
        line=line,
        status=statuses.get(line.code, Status.NOT_STARTED),
        truth=truths[line.code],
        ratio=ratio,
        vacant=line.measure == "posts.nodal_officer" and ratio is not None and not ratio.complete,
        clock=clocks.get(line.code, Clock(Party(line.owner))),
    )
