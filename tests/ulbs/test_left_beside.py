"""What left a count stands beside it on page, API and report."""

from datetime import timedelta

from django.urls import reverse

from nudm.core.dates import today
from reports.documents import mpr, others
from reports.documents.facts import facts_of
from reports.snapshot import of_nation, of_state
from tests.ulbs.test_exclusions import closed as closed
from tests.ulbs.test_exclusions import town
from tests.world import World
from ulbs.actions import agreeing, register
from ulbs.models import Exclusion


def test_what_left_stands_beside_the_count_everywhere(closed: World) -> None:
    ulb = town(closed, batch__number=2)
    out = {"in_scope": False, "scope_reason": "Under the cantonment"}
    register.update_ulb(ulb, out, version=ulb.version, by=closed.nodal)
    agreeing.agree(Exclusion.objects.get(), by=closed.reviewer)
    merged, other = town(closed, batch__number=2), town(closed, batch__number=1)
    register.succeed([merged], [other], on=today(), reason="G.O.", by=closed.nodal)
    words = "1 left out, 1 by correction of the register"
    nodal, centre = closed.client(closed.nodal), closed.client(closed.reviewer)
    for client, url in (
        (nodal, reverse("state", args=["KL"])),
        (nodal, reverse("phases:checklist", args=["KL", 3])),
        (centre, "/"),
    ):
        assert words in client.get(url).content.decode(), url
    told = nodal.get(reverse("api_progress", args=["KL"])).json()["left"]
    assert told["all"] == {"left_out": 1, "corrected": 1}
    progress, nation = of_state(closed.kl, "en"), of_nation([closed.kl], "en")
    assert any(words in row["words"] for row in progress["towns"])
    assert nation["left"] == nation["rows"][0]["left"] == words
    facts = facts_of(closed.kl, today())
    before = facts_of(closed.kl, today() - timedelta(days=1))
    part = mpr._rollout(facts, before, facts.progress)
    assert any(words in text for text in part["text"])
    assert any(words in text for text in others.brief(facts, before, "en")[-1]["text"])
    assert [row[-1] for row in part["tables"][2]["rows"]] == ["Under the cantonment", "G.O."]
