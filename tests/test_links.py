"""No page offers a link that its reader may not follow."""

import html
import re
from collections import Counter
from urllib.parse import urljoin

import pytest

from tests.world import World

PEOPLE = ("head", "reviewer", "ministry", "nodal", "agency", "town", "nobody")
# Pages of one shape differ in their numbers, states and what is asked of them.
VARIES = re.compile(r"\d+|(?<=/)[A-Z]{2}(?=/)|(?<==)[^&]*")
EACH = 2


def shape(url: str) -> str:
    return VARIES.sub("", url)


@pytest.mark.once
@pytest.mark.parametrize("name", PEOPLE)
def test_every_link_leads_somewhere(world: World, name: str) -> None:
    world.submitted()
    world.towns(2)
    client = world.client(getattr(world, name))
    asked, waiting, seen, wrong = set(), ["/"], Counter[str](), []
    while waiting:
        url = waiting.pop()
        if url in asked or seen[shape(url)] == EACH:
            continue
        asked.add(url)
        seen[shape(url)] += 1
        answer = client.get(url)
        if answer.status_code not in {200, 302}:
            wrong.append((answer.status_code, url))
        if answer.status_code == 302:
            waiting.append(answer["Location"])
        if answer.streaming or answer.status_code != 200:
            continue
        links = re.findall(r'href="([^"#]+)', answer.content.decode(errors="replace"))
        waiting += [
            there
            for there in (urljoin(url, html.unescape(link)) for link in links)
            if there.startswith("/") and not there.startswith("/static/")
        ]
    assert wrong == []
    assert name == "nobody" or len(asked) > (1 if name == "town" else 30)
