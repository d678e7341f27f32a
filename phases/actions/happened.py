"""Events of the deck are noted when their count is first reached."""

from collections.abc import Sequence

from nudm.core import scope
from phases.catalogue import catalogue
from phases.models import EventMet
from phases.rules import Truth, measured
from states.past import keep
from ulbs.limits import limits
from ulbs.tally import tallies


@scope.national()
def note_events(state_ids: Sequence[int]) -> None:
    """Note which events have happened in these States/UTs by what their tables hold now.

    Called in the transaction of each act, after it has changed the facts of these States/UTs and holds their
    rows. It is the system that counts, whoever acts: a ULB's officer sees one ULB only. Three queries, or
    one where all events have happened.
    """
    events = [line for line in catalogue().lines() if line.event and line.measure]
    known = set(EventMet.objects.filter(state__in=state_ids).values_list("state_id", "code"))
    waiting = {pk: [line for line in events if (pk, line.code) not in known] for pk in state_ids}
    asked = [pk for pk, lines in waiting.items() if lines]
    counted = tallies(asked) if asked else {}
    made = [
        EventMet(state_id=pk, code=line.code)
        for pk in asked
        for line in waiting[pk]
        if measured(counted[pk].get(line.measure or ""), line.quorum, limits()) is Truth.MET
    ]
    for row in made:
        row.save(force_insert=True)
    keep(made)
