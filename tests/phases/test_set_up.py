"""The institutional set-up: posts that have to be held."""

from datetime import timedelta

import pytest

from nudm.core.dates import today
from nudm.core.ratio import Ratio
from phases.progress import progress_of
from phases.rules import Truth
from states import actions
from states.rules import PostKind
from tests.world import World


@pytest.mark.django_db
def test_the_set_up_is_formalised_with_a_programme_unit_and_a_dtl(world: World) -> None:
    """The deck, Stage 1: institutional set-up, including the selection of the DTL (role 3, outcome 1)."""

    def told() -> tuple[Ratio, Truth]:
        seen = progress_of([world.kl])[world.kl.pk]
        return seen.tallies["posts.setup"], seen.truths["1.setup_formalised"]

    for code in ("1.mou_signed", "1.nodal_officer_appointed", "1.setup_formalised"):
        world.accepted(code)
    assert told() == (Ratio(1, 2), Truth.NOT_MET)
    page = world.client(world.nodal).get("/phases/KL/1/").content.decode()
    assert "A programme unit and a DTL are needed" in page and "Counted: 1 of 2" in page
    dtl = actions.add_post(world.kl_office, PostKind.DTL, "DTL")
    assert told() == (Ratio(1, 2), Truth.NOT_MET)
    actions.appoint(dtl, world.nobody, today(), by=world.head)
    assert told() == (Ratio(2, 2), Truth.MET)
    yesterday = progress_of([world.kl], as_on=today() - timedelta(days=1))[world.kl.pk]
    assert yesterday.tallies["posts.setup"] == Ratio(1, 2)
    actions.relieve(world.unit.appointments.get(), today(), by=world.head)
    assert told() == (Ratio(1, 2), Truth.NOT_MET)
