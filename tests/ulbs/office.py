"""The town office as its tests use it: an answer, a link, a file, the words of the page."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from reports.demo.answers import demo_pdf
from tests.world import World
from ulbs.actions import readiness
from ulbs.models import Fact, Readiness

PAGE = "/ulbs/KL/250001/town/"


def answer(
    world: World, by: Any, fact: Fact = Fact.NODAL_OFFICER, version: int = 0, **more: Any
) -> Readiness:
    values = {"answer": True, "who": "A. Officer, Revenue Inspector"} | more
    return readiness.confirm(world.ulb, fact, **values, version=version, by=by)


def link(world: World, **more: Any) -> str:
    return readiness.make_link(world.ulb, address="http://testserver/t/", by=world.nodal, **more)


def pdf_named(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, demo_pdf(name), content_type="application/pdf")


def page_by(world: World, secret: str = "") -> str:
    client = world.client(None if secret else world.town)
    return " ".join(client.get(f"/t/{secret}/" if secret else PAGE).content.decode().split())
