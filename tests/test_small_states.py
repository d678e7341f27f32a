"""Lakshadweep has no ULB and Chandigarh one, its pilot: no page of theirs breaks, no ratio, no criterion."""

import html
import re
from io import StringIO
from urllib.parse import urljoin

import pytest
from django.core.management import call_command

from phases.progress import progress_of
from phases.rules import Truth
from states import actions
from states.models import Post, State
from tests.test_links import shape
from tests.world import World
from ulbs.models import Ulb

FILES = ("/ulbs/{}/?format=xlsx", "/ulbs/{}/?format=csv", "/ulbs/{}/matrix/?format=csv", "/ulbs/{}/sheet/")
API = (
    "/api/v1/states/{}/progress/",
    "/api/v1/ulbs/?state={}",
    "/api/v1/figures/?state={}",
    "/api/v1/deployments/?state={}",
)


@pytest.mark.once
@pytest.mark.parametrize("who", ["nodal", "reviewer"])
@pytest.mark.parametrize(("iso", "towns"), [("LD", 0), ("CH", 1)])
def test_every_page_file_and_answer_of_a_small_state_is_there(
    world: World, iso: str, towns: int, who: str
) -> None:
    call_command("load_states", verbosity=0, stdout=StringIO())
    state = State.objects.get(iso=iso)
    for n in range(towns):
        Ulb.objects.create(state=state, lgd_code=259_000 + n, name="Only Town", type_code=4, pilot=True)
    actions.serve(world.centre_team, [*State.objects.all()])
    post = Post.objects.get(team__state=state, kind="nodal_officer")
    client = world.client(world.seat(post, "own") if who == "nodal" else world.reviewer)
    found = progress_of([state])[state.pk]
    ratios = [ratio for ratio in found.tallies.values()]
    assert all(ratio.percent is None or 0 <= ratio.percent <= 100 for ratio in ratios)
    others = {found.truths[code] for code in ("3.other_master_data", "4.first_batch_live")}
    assert others == ({Truth.NOT_APPLICABLE} if towns else {Truth.UNKNOWN})
    assert Truth.MET not in {found.truths[line.code] for line, _truth in found.stages[0].criteria}
    waiting = [f"/states/{iso}/", *(url.format(iso) for url in (*FILES, *API))]
    asked: set[str] = set()
    while waiting:
        url = waiting.pop()
        if shape(url) in asked:
            continue
        asked.add(shape(url))
        answer = client.get(url)
        assert answer.status_code in {200, 302}, (answer.status_code, url)
        content = b"" if answer.streaming else answer.content
        assert b"nan%" not in content and b"None%" not in content, url
        # Its ULB was not there then, and an import has no past: both are said in words.
        then = client.get(url, {"as_on": "01-11-2026"}).status_code if "?" not in url else 200
        assert then in {200, 302, 404, 422}, (then, url)
        links = re.findall(r'href="([^"#]+)', content.decode(errors="replace"))
        there = (urljoin(url, html.unescape(link)) for link in links)
        waiting += [link for link in there if f"/{iso}/" in link and link.startswith("/")]
    assert len(asked) > 25, sorted(asked)
