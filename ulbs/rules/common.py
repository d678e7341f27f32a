"""The record of a State/UT that the national dashboard ingests (module COMMON).

Fields, batch size and the form of the date are those of the dashboard's ingest service; the three
statuses are its own: OnBoarded, UnderImplementation, Live.
"""

from collections.abc import Mapping
from typing import Any

BATCH = 50


def status_of(*, live: int, begun: int) -> str:
    """Live with the first live ULB, UnderImplementation with the first whose master data has begun."""
    return "Live" if live else "UnderImplementation" if begun else "OnBoarded"


def common(
    *,
    state: str,
    day: str,
    total: int,
    begun: int,
    live: int,
    modules: Mapping[str, int],
    citizens: int,
    in_sla: float,
) -> dict[str, Any]:
    """One state's record for one day. `modules` counts live ULBs by the dashboard's module code."""
    return {
        "date": day,
        "module": "COMMON",
        "ward": "",
        "ulb": "",
        "region": "",
        "state": state,
        "metrics": {
            "status": status_of(live=live, begun=begun),
            "totalUlbCount": total,
            "onboardedUlbsCount": begun,
            "totalLiveUlbsCount": live,
            "liveUlbsCount": [
                {
                    "groupBy": "serviceModuleCode",
                    "buckets": [{"name": name, "value": n} for name, n in modules.items()],
                }
            ],
            "totalCitizensCount": citizens,
            "slaAchievement": in_sla,
        },
    }
