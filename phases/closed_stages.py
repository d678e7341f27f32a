"""Tells the lower apps which stages are closed."""

from phases.models import Closure
from ulbs.actions import exclusions


def stage_1_closed(state_id: int) -> bool:
    """Whether Stage 1 of a state is closed and was not opened again: what was counted stays counted."""
    return Closure.objects.filter(state=state_id, stage=1, undone_at__isnull=True).exists()


if stage_1_closed not in exclusions.CLOSED:
    exclusions.CLOSED.append(stage_1_closed)
