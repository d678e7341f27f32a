"""The forms of a page as a browser has them: where each goes and what it sends when nothing is touched."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.test import Client

from tests.walls.scene import Scene
from ulbs.actions import readiness
from ulbs.models import Incident


@dataclass(slots=True)
class Form:
    """`fields` are what is sent unless it is changed; buttons are pressed by name."""

    action: str
    method: str
    fields: dict[str, Any] = field(default_factory=dict)
    offered: set[str] = field(default_factory=set)


class _Forms(HTMLParser):
    def __init__(self, address: str) -> None:
        super().__init__()
        self.address, self.found = address, list[Form]()
        self.inside: Form | None = None
        self.select = self.area = ""
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self.inside = Form(given.get("action") or self.address, given.get("method", "get").lower())
            self.found.append(self.inside)
        elif self.inside is None:
            return
        elif tag in {"input", "button"} and name:
            self._input(tag, name, given)
        elif tag == "select":
            self.select = name
            self.inside.offered.add(name)
        elif tag == "option" and self.select and "selected" in given:
            self.inside.fields[self.select] = given.get("value", "")
        elif tag == "textarea":
            self.area, self.text = name, ""
            self.inside.offered.add(name)

    def _input(self, tag: str, name: str, given: dict[str, str]) -> None:
        assert self.inside is not None
        self.inside.offered.add(name)
        kind = "submit" if tag == "button" else given.get("type", "text")
        if kind in {"submit", "file"} or (kind in {"checkbox", "radio"} and "checked" not in given):
            return
        self.inside.fields[name] = given.get("value", "on" if kind == "checkbox" else "")

    def handle_data(self, data: str) -> None:
        if self.area:
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = None
        elif tag == "select":
            self.select = ""
        elif tag == "textarea" and self.inside is not None:
            self.inside.fields[self.area] = self.text.removeprefix("\n")
            self.area = ""


def forms_of(client: Client, address: str) -> list[Form]:
    """All forms of a page that send something."""
    page = client.get(address)
    assert page.status_code == 200, (address, page.status_code)
    reader = _Forms(address)
    reader.feed(page.content.decode())
    return [form for form in reader.found if form.method == "post"]


def form_with(client: Client, address: str, *names: str) -> Form:
    """The one form of a page that has these fields."""
    found = [form for form in forms_of(client, address) if set(names) <= form.offered | form.fields.keys()]
    assert len(found) == 1, (address, names, [sorted(form.offered) for form in found])
    return found[0]


def address_of(scene: Scene, pattern: str) -> str:
    """The address of a page about rows of the scene, named in braces."""
    told = {"title": "Outage", "severity": "minor", "opened_on": scene.start}
    incident, link = Incident.objects.create(state=scene.kl, **told), ""
    if "{link}" in pattern:
        link = readiness.make_link(scene.ulb, address="x", by=scene.nodal)
    unit = scene.kl_office.posts.get(kind="programme_unit").pk
    return pattern.format(**scene.rows["KL"], incident=incident.pk, unit_post=unit, link=link)
