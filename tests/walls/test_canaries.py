"""A word in every field of the neighbour: nobody of this state may meet it, in any page, form or mail."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from tests.walls.canaries import WORD, Canaries, tenant_models, text_fields, text_of
from tests.walls.expectations import RULES
from tests.walls.scene import Scene

STRANGERS = ("nodal", "agency", "town", "former", "came")
# What differs between two answers that say the same: marks against forged and resent forms, and the key of
# an app that is being set up.
MARKS = re.compile(r'(name="(?:csrfmiddlewaretoken|form_key)" value="|class="qr" src="|<br><code>)[^"<]*')
REGISTER = ("csv&what=register", "csv&what=readiness")
FORMS = {"ulbs:list": ("csv", "xlsx", *REGISTER), "ulbs:matrix": ("csv", "xlsx")}
FILES = ("pdf", "xlsx", "docx", "csv", "json", "txt")


@pytest.fixture
def scene(db: Any) -> Iterator[Scene]:
    """All looks are taken at one moment: pages and files say when they were made."""
    with time_machine.travel(timezone.now(), tick=False):
        yield Scene()


def addresses(scene: Scene, rows: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Every page, list and form of a file of these rows, and as it was yesterday."""
    for name, rule in RULES.items():
        if rule.get is None or " " in name:
            continue
        for row in rows if rule.parts else rows[:1]:
            url = scene.url(name, row)
            yield f"{name} {row}", url
            yield f"{name} {row} as on", f"{url}?as_on={scene.start:%d-%m-%Y}"
            for form in FORMS.get(name, ()):
                yield f"{name} {row} {form}", f"{url}?format={form}"
            if name in {"reports:file", "api_report_file"}:
                for form in FILES:
                    yield f"{name} {row} {form}", f"{url}?form={form}"


def said(scene: Scene, who: str, url: str) -> str:
    """What the person is told at an address, without the marks that differ each time."""
    with scene.undone():
        response = scene.ask(who, "get", url)
        told = f"{response.status_code}\n{text_of(response)}"
        scene.close(response)
    return MARKS.sub(r"\1", told)


def words(scene: Scene, who: str, url: str) -> set[str]:
    """The canaries that the person meets at an address."""
    return set(WORD.findall(said(scene, who, url)))


def test_a_word_is_put_into_every_field_of_every_model(scene: Scene) -> None:
    canaries = Canaries(scene, scene.mh, scene.neighbour)
    canaries.fill()
    places = set(canaries.words.values())
    for model in tenant_models():
        for field in text_fields(model):
            assert f"{model.__name__}.{field.name}" in places
    assert len(places) > 75


def test_the_words_are_met_by_their_own_officer_and_not_by_a_neighbours(scene: Scene) -> None:
    """On every run; the first half shows that the search can fail."""
    canaries = Canaries(scene, scene.mh, scene.neighbour)
    canaries.fill()
    own = {label: words(scene, "neighbour", url) for label, url in addresses(scene, ("MH",))}
    files = [f"ulbs:list MH {form}" for form in FORMS["ulbs:list"]]
    for form in ("state MH", *files, "reports:file MH docx", "api_ulbs MH"):
        assert own[form], form
    assert len(set().union(*own.values())) > 40
    for label, url in addresses(scene, ("KL", "MH")):
        assert not words(scene, "nodal", url), label


@pytest.mark.walls
@pytest.mark.parametrize("who", STRANGERS)
def test_no_page_of_a_stranger_changes_by_the_neighbours_rows(
    scene: Scene, who: str, record_property: Any
) -> None:
    """Page by page before and after the rows are there: the same, so no count tells of them either."""
    scene.keep_all()
    pages = list(addresses(scene, ("KL", "MH", "absent")))
    before = {label: said(scene, who, url) for label, url in pages}
    Canaries(scene, scene.mh, scene.neighbour).fill()
    after = {label: said(scene, who, url) for label, url in pages}
    assert [label for label, told in after.items() if WORD.search(told)] == []
    assert [label for label in before if before[label] != after[label]] == []
    record_property("checks", len(after))


@pytest.mark.walls
def test_a_filter_finds_a_neighbours_word_no_more_than_a_word_of_nobody(scene: Scene) -> None:
    canaries = Canaries(scene, scene.mh, scene.neighbour)
    canaries.fill()
    names = ("q", "state", "ulb", "batch", "district", "module", "code", "of", "group", "party", "u", "post")
    for name, rule in RULES.items():
        if rule.get is None or " " in name:
            continue
        url = scene.url(name)
        for key in names:
            for real, nobodys in (("Kqxz100", "Vwjy100"), ("MH", "XX"), ("250101", "250199")):
                got, none = (
                    said(scene, "nodal", f"{url}?{key}={word}").replace(word, "?") for word in (real, nobodys)
                )
                assert got == none, (name, key, real)
