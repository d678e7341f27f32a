"""Letters on their way into the library, for the tests of it."""

from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage

from phases.actions import evidence, lines
from phases.models import Evidence, Item
from tests.core.files import uploaded
from tests.world import World

CODE = "2.processes_standardised"


def sent(world: World, content: bytes, name: str = "letter.pdf", by: Any = None) -> Evidence:
    return evidence.upload(world.kl, uploaded(name, content), title=name, by=by or world.nodal)


def stored() -> set[str]:
    """The names of all files of evidence in the store."""
    root = Path(default_storage.path("evidence"))
    return {str(path.relative_to(root.parent)) for path in root.rglob("*") if path.is_file()}


def cited(world: World, letter: Evidence) -> Item:
    evidence.cite(lines.item_for(world.kl, CODE), letter, by=world.nodal)
    return Item.objects.select_related("state").get(state=world.kl, code=CODE)
