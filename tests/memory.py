"""What a process remembers of states, under versions that tests take back with their transactions."""

from phases import history
from phases.progress import REMEMBERED
from ulbs.tally import GROUPS


def forget() -> None:
    """Remember nothing of any state."""
    REMEMBERED.clear()
    GROUPS.clear()
    history.REMEMBERED.clear()
