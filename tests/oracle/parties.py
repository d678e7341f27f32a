"""With whom each item is, its age and the days with each party, worked out a second time day by day.

Written from the programme's words (decision 24): an item is with its owner until it is submitted or handed
over, with the centre while it is under review, with nobody once it is settled; its age begins when its stage
opens for the State/UT or when somebody first works on it, whichever is earlier; no party sets back its days.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

# Which of the deck's items the implementation agency attests; the State/UT attests the others.
OF_THE_AGENCY = {
    "1.ia_team_mobilised", "1.requirement_analysis", "1.as_is_analysis", "2.platform_ready",
    "2.dashboards_ready", "2.artefacts_published", "3.critical_bugs_fixed",
}  # fmt: skip
# The set-up records on which an item rests: saving one is work on the item.
RECORDS = {
    "1.mou_signed": {"mou"}, "1.nodal_officer_appointed": {"nodal_order"},
    "1.adoption_model_finalised": {"adoption"}, "1.hosting_chosen": {"hosting"},
    "1.ia_team_mobilised": {"engagement"}, "1.requirement_analysis": {"requirement_report"},
    "1.as_is_analysis": {"gap_report"}, "1.infrastructure_procured": {"procurement"},
    "1.charter_published": {"charter", "plan"}, "1.resources_identified": {"finance"},
    "1.modules_identified": {"modules"},
}  # fmt: skip


@dataclass
class Clock:
    """An item at the end of a day: with whom, its age and the days with each party."""

    party: str
    age: int | None
    days_with: dict[str, int]


def party_at_end(code: str, steps: Iterable[Any]) -> str:
    """With whom an item is after these steps, in their order."""
    owner = "agency" if code in OF_THE_AGENCY else "state"
    status, handed = "not_started", False
    for step in steps:
        if step.move == "hand_over":
            handed = True
        elif step.move in {"hand_back", "return", "reopen"}:
            handed = False
        status = step.to
    if status == "under_review":
        return "centre"
    if status in {"accepted", "not_applicable"}:
        return "nobody"
    return "state" if handed else owner


def clock(code: str, steps: list[Any], opened: date | None, worked_on: date | None, day: date) -> Clock:
    """`steps` with their `day`, `move` and `to`; `opened`: when the stage opened; `worked_on`: the first day
    on which anybody began the item."""
    known = [step for step in steps if step.day <= day]
    party = party_at_end(code, known)
    began = min((on for on in (opened, worked_on) if on and on <= day), default=None)
    if began is None:
        return Clock(party, None, {})
    days: Counter[str] = Counter()
    on = began
    while on < day:
        days[party_at_end(code, [step for step in known if step.day <= on])] += 1
        on += timedelta(days=1)
    days.pop("nobody", None)
    return Clock(party, (day - began).days, {name: n for name, n in days.items() if n})
