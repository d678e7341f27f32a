"""Tells the lower apps which stages are closed, and which modules are a State/UT's priority."""

from phases.models import Closure, ModuleChoice
from ulbs.actions import exclusions, rollout


def stage_1_closed(state_id: int) -> bool:
    """Whether Stage 1 of a state is closed and was not opened again: what was counted stays counted."""
    return Closure.objects.filter(state=state_id, stage=1, undone_at__isnull=True).exists()


if stage_1_closed not in exclusions.CLOSED:
    exclusions.CLOSED.append(stage_1_closed)


def priority_modules(state_id: int) -> frozenset[str]:
    """The modules that a state has chosen to begin with (deck, Stage 1, outcome 6)."""
    rows = ModuleChoice.objects.filter(record__state=state_id)
    return frozenset(rows.values_list("module", flat=True))


if priority_modules not in rollout.PRIORITY:
    rollout.PRIORITY.append(priority_modules)
