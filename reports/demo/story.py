"""What the demonstration tells of a State/UT's year."""

from collections.abc import Mapping

from reports.demo import answers, closings, registers, reviews, towns
from reports.demo.year import Year
from states.models import Post, State


def tell(year: Year, levels: Mapping[State, tuple[float, Post]], reviewer: Post, first_code: int) -> None:
    """The year of these states, each at its level, 0 to a little over 3, as its nodal officer's post and the
    centre's `reviewer` lived it. Their towns have codes from `first_code` on."""
    code, accepted = first_code, {}
    for state, (level, nodal) in levels.items():
        entered = towns.tell(year, state, level, code)
        registers.tell(year, state, level, entered)
        reviews.tell(year, state, level, entered)
        accepted[state] = answers.tell(year, state, level, nodal, reviewer)
        code += len(entered)
    closings.tell(year, accepted, reviewer)
