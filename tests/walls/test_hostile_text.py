"""Text with every mark that is not shown: what was stored before it was cleaned is written by every page,
file and mail; what is typed now is cleaned in every field of every form."""

import io
import itertools
import re
import zipfile
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import models
from django.utils import timezone

from nudm.core import mail, pdf_child
from nudm.core.models import Outbox
from reports.demo.answers import demo_pdf
from reports.models import Report
from reports.pdf import page_of, render_pdf
from reports.snapshot import digest_of
from tests.core.files import uploaded
from tests.core.test_text import UNSHOWN
from tests.walls.canaries import Canaries, rows_of, tenant_models, text_fields, words_in
from tests.walls.forms import Form, address_of, forms_of
from tests.walls.scene import Scene
from tests.walls.test_canaries import addresses
from tests.walls.test_twice import TWICE

# NUL and half of a pair cannot be stored by PostgreSQL; such a row is none of the past.
STORED = [mark for mark in UNSHOWN if mark not in "\x00" and not "\ud800" <= mark <= "\udfff"]
LEFT = re.compile(
    "[" + re.escape("".join(mark for mark in UNSHOWN if mark not in "\ufe0f\u200c\u200d")) + "]"
)


@pytest.fixture
def scene(db: Any) -> Iterator[Scene]:
    with time_machine.travel(timezone.now(), tick=False):
        yield Scene()


def soiled(scene: Scene) -> None:
    """Every text of a state as somebody could have stored it: marks at its beginning, inside it and at its
    end, taken in turn, since a short column does not hold all of them."""
    Canaries(scene, scene.kl, scene.nodal).fill()
    marks = itertools.cycle(STORED)
    for model in tenant_models():
        for field in text_fields(model):
            room = (field.max_length or 1000) // 3
            for row in rows_of(model, scene.kl).order_by("pk"):
                word = "".join(itertools.islice(marks, min(room, 60)))
                held = f"{word[0]}Kq{word}"[: field.max_length]
                model._default_manager.filter(pk=row.pk).update(**{field.name: held})


@pytest.mark.walls
def test_every_page_and_file_is_written_whatever_was_stored(scene: Scene, record_property: Any) -> None:
    soiled(scene)
    count = 0
    for label, url in addresses(scene, ("KL",)):
        with scene.undone():
            response = scene.ask("nodal", "get", url)
            assert response.status_code < 500, label
            if response.get("Content-Type", "").startswith(("application/vnd", "text/csv")):
                assert not LEFT.search(written(response)), label
            scene.close(response)
        count += 1
    assert count > 100
    record_property("checks", count)


def written(response: Any) -> str:
    """The texts of a file, without its line ends."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if not content.startswith(b"PK"):
        return content.decode().removeprefix("\ufeff").replace("\r", "")
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        parts = [book.read(name).decode() for name in book.namelist() if name.endswith((".xml", ".rels"))]
    return "".join(parts).replace("\r", "")


def hostile(content: Any) -> Any:
    """A frozen content with marks in each of its words."""
    if (
        isinstance(content, str)
        and content not in {"en", "hi", "progress"}
        and not re.fullmatch(r"[\w.:-]*", content)
    ):
        return f"\x0b{''.join(STORED)}{content}\u4e2d"
    if isinstance(content, dict):
        return {
            name: held if name in {"kind", "language"} else hostile(held) for name, held in content.items()
        }
    return [hostile(held) for held in content] if isinstance(content, list) else content


def test_a_report_frozen_with_marks_is_written_in_every_form_and_no_letter_is_a_box(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.keep_all()
    report = Report.objects.filter(state=scene.kl, made_at__isnull=False).first()
    assert report is not None
    report.content = hostile(report.content)
    report.save(update_fields=["content"])
    for form in ("xlsx", "docx", "csv", "txt", "json"):
        answer = scene.client(scene.nodal).get(f"/reports/{report.pk}/file/", {"form": form})
        assert answer.status_code == 200, form
        assert form == "json" or not LEFT.search(written(answer)), form
    page, css = page_of(report.content, digest_of(report.content))
    assert "[U+4E2D]" in words_in(render_pdf(report.content, digest_of(report.content)))
    assert boxes(caplog, pdf_child.drawable(page), css) == 0


def boxes(caplog: pytest.LogCaptureFixture, page: str, css: str = "") -> int:
    """How many letters the layout engine draws as a box because no font has them: it says so each time."""
    caplog.clear()
    if not pdf_child.UNREAD:
        pdf_child.UNREAD.extend(pdf_child.font_files())
    pdf_child.lay_out(css, page, "", b"")
    return sum(".notdef" in record.getMessage() for record in caplog.records)


def test_a_box_would_be_seen(caplog: pytest.LogCaptureFixture) -> None:
    page = "<html lang='en'><title>t</title><p>a\ue123b 中</p>"
    assert boxes(caplog, page) == 2
    assert boxes(caplog, pdf_child.drawable(page)) == 0


def test_a_mail_goes_out_whatever_its_row_holds(scene: Scene, settings: Any) -> None:
    held = "".join(STORED)
    row = mail.post(
        "hostile:1", "office@town.in\u200b", f"Receipt\x0bprints{held}", f"Line\x0bone{held}\ud800"
    )
    Outbox.objects.filter(pk=row.pk).update(
        to="office@\u200btown.in", subject=f"Receipt\x0bprints\r\n{held}"[:300], text=held
    )
    mail.send(row.pk)
    assert Outbox.objects.get(pk=row.pk).status == "sent"
    [path] = (Path(settings.VAR_DIR) / "mail").glob(f"{row.message_id.strip('<>')}.eml")
    sent = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert sent["To"] == "office@town.in" and sent["Subject"].startswith("Receipt prints")


# Where a person writes what they like, and where a text pasted from a document has its line break.
FREE = {"title", "remark", "reason", "detail", "text", "designation_1", "designation_hi_1", "name"}
# A browser sends no half of a pair.
GONE = [mark for mark in STORED if mark not in "\x0b\x0c\r\x1c\x1d\x1e\x1f\x85\u2028\u2029"]


def typed(form: Form) -> dict[str, Any]:
    """What a form sends, each text with marks round it."""
    marks = itertools.cycle(GONE)
    return {
        name: f"{next(marks)}{value}{chr(11) * (name in FREE)}{''.join(itertools.islice(marks, 40))}"
        for name, value in form.fields.items()
    }


def stored_texts() -> Iterator[tuple[str, str]]:
    for model in apps.get_models():
        if not model.__module__.startswith(("states", "ulbs", "phases", "reports", "nudm.accounts")):
            continue
        names = [
            field.name
            for field in model._meta.concrete_fields
            if isinstance(field, models.CharField | models.TextField)
            and not isinstance(field, models.FileField)
        ]
        for row in model._default_manager.values_list(*names) if names else ():
            yield from (
                (f"{model.__name__}.{name}", value) for name, value in zip(names, row, strict=True) if value
            )


# The whole list is part of the long suite; these are of each app.
LONG = sorted(set(TWICE) - {"phases:item", "ulbs:edit", "ulbs:new_entry", "reports:chain", "states:post"})


@pytest.mark.parametrize(
    "name", [n if n not in LONG else pytest.param(n, marks=pytest.mark.walls) for n in sorted(TWICE)]
)
def test_a_form_filled_with_marks_stores_none_of_them(scene: Scene, name: str) -> None:
    pattern, wanted, given = TWICE[name]
    address, client = address_of(scene, pattern), scene.client(scene.nodal)
    nodal = str(scene.kl_office.posts.get(kind="nodal_officer").pk)
    fields = {field: words.format(nodal_post=nodal) for field, words in given.items()}
    known = [(f, f.offered | f.fields.keys() | set(f.action.split("/"))) for f in forms_of(client, address)]
    form = next(f for f, words in known if set(wanted) <= words)
    form.fields |= fields
    file = {"file": uploaded("or\u202eder\x0b.pdf", demo_pdf("order"))} if "file" in form.offered else {}
    answer = client.post(form.action, typed(form) | file)
    assert answer.status_code == 302 or b"link" in answer.content, name
    assert [place for place, value in stored_texts() if LEFT.search(value)] == []
