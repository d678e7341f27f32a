"""Whether a batch may start: its master data, the pilots' UAT, its training, open critical incidents.

The deck asks that critical bugs are fixed (Stage 3, outcome 5a) and that the pilots were successful
before the roll-out in batches; the limit of open incidents is a setting.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from nudm.core.ratio import Ratio
from ulbs.rules.counting import Limits


@dataclass(frozen=True, slots=True)
class Check:
    """One condition of a gate: its name, whether it holds, and the figures it was decided on."""

    name: str
    open: bool
    ratio: Ratio


def gate(
    *, validated: Ratio, trained: Ratio, pilots_signed: Ratio, open_criticals: int, limits: Limits
) -> tuple[Check, ...]:
    """The four conditions of a batch in the order in which an officer works on them.

    `validated` and `trained` count the batch's own towns, `pilots_signed` the pilots. A batch without
    towns has nothing to start.
    """
    return (
        Check("master_data", validated.complete, validated),
        Check("uat", pilots_signed.complete, pilots_signed),
        Check("training", trained.complete, trained),
        Check(
            "criticals", open_criticals < limits.critical_limit, Ratio(open_criticals, limits.critical_limit)
        ),
    )


def gates(towns: Iterable[Any], open_criticals: int, limits: Limits) -> dict[int, tuple[Check, ...]]:
    """`{batch id: its gate}` for each batch that some of these ULBs, which all count, are in."""
    of: dict[int | None, list[Any]] = {}
    pilots = []
    for ulb in towns:
        of.setdefault(ulb.batch_id, []).append(ulb)
        if ulb.pilot:
            pilots.append(ulb)
    signed = _have(pilots, "uat_signed_on")
    return {
        pk: gate(
            validated=_have(rows, "data_validated_on"),
            trained=_have(rows, "trained_on"),
            pilots_signed=signed,
            open_criticals=open_criticals,
            limits=limits,
        )
        for pk, rows in of.items()
        if pk is not None
    }


def _have(towns: list[Any], column: str) -> Ratio:
    return Ratio(sum(getattr(ulb, column) is not None for ulb in towns), len(towns))


def entry(pilots_signed: Ratio, open_criticals: int, limits: Limits) -> tuple[Check, Check]:
    """The conditions of a begun batch that a ULB enters, as far as they are not the ULB's own."""
    criticals = Ratio(open_criticals, limits.critical_limit)
    return (
        Check("uat", pilots_signed.complete, pilots_signed),
        Check("criticals", open_criticals < limits.critical_limit, criticals),
    )
