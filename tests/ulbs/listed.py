"""What is remembered of the lists of ULBs, held against what stands in the tables."""

from typing import Any

from django.utils import translation

from phases.progress import progress_of, remembered
from states.models import State
from ulbs import matrix
from ulbs import remembered as lists
from ulbs.models import Deployment, Ulb
from ulbs.rules.asking import Asked
from ulbs.rules.cells import Step

FEW = [Asked(scope="all"), *(Asked(sort=sort) for sort in ("name", "-live", "PGR", "-officials_named"))]
ASKED = [*FEW, *(Asked(sort=sort) for sort in ("type", "group", "live_on")), Asked(text="t", group="none")]
ASKED += [Asked(text="250001"), Asked(district="Here"), Asked(type_code=7), Asked(group="1")]
ASKED += [Asked(scope="out"), Asked(scope="ended"), Asked(step=Step.LIVE)]
ASKED += [Asked(lacking="nodal_officer"), Asked(lacking="uat_participants", group="rest")]
ASKED += [Asked(lacking="live"), Asked(lacking="master_data_started", sort="-live")]
ASKED += [Asked(module="PGR", step=Step.VALIDATED, how="below")]


def remember(*isos: str) -> None:
    """Look at the lists of these states once, so that from now on they are remembered."""
    for state in State.objects.filter(iso__in=isos):
        rows: tuple[Any, Any] = Ulb.objects.filter(state=state), Deployment.objects.filter(state=state)
        for one in FEW:
            lists.look(state, *rows, one)
        lists.choices(state)
        remembered([state])


def untrue(*isos: str, asked: list[Asked] = FEW, language: str = "en") -> list[str]:
    """The lists of these states that would be shown otherwise than the tables are now; afterwards all of them
    are remembered."""
    found = []
    with translation.override(language):
        for state in State.objects.filter(iso__in=isos):
            rows: tuple[Any, Any] = Ulb.objects.filter(state=state), Deployment.objects.filter(state=state)
            for one in asked:
                if lists.look(state, *rows, one) != matrix.look(*rows, one):
                    found.append(f"{state.iso}: {one}")
            if lists.choices(state) != matrix.choices(*rows):
                found.append(f"{state.iso}: what there is to choose from")
            if remembered([state]) != progress_of([state]):
                found.append(f"{state.iso}: how far it is")
    return found
