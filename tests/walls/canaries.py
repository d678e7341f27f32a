"""A canary word in every text field of every row of one state, made from the models themselves."""

import io
import re
import subprocess
import zipfile
from datetime import date, datetime, time, timedelta
from typing import Any

from django.apps import apps
from django.db import models
from django.http import HttpResponseBase
from django.utils import timezone

from nudm.core.dates import today
from phases.models import Closure
from phases.records import KINDS
from reports.models import Report
from reports.snapshot import of_state
from states.actions import record
from states.models import Appointment, Entry, State
from states.past import keep
from tests.walls.scene import Scene

WORD = re.compile(r"kqxz\d{3}", re.IGNORECASE)
# Where a workbook says the second in which it was made.
MADE = "docProps/core.xml"
LEAST = len("Kqxz100")
# Words of the program, not of people: it looks them up, compares or hashes them.
PROGRAMS = {
    *("code", "kind", "metric", "word", "move", "source", "to", "asks", "target", "verb", "model", "mime"),
    *("fact", "catalogue_version", "answer_reason", "digest", "sha256", "file_sha256", "signature"),
    *(
        "signed_with",
        "start",
        "year",
        "live_url",
        "url",
        "password",
        "session_salt",
        "mailed",
        "mail",
        "email",
    ),
    *("key", "module", "modules", "target_id", "status", "finding", "public", "args", "attachments"),
}
# What a row needs beyond the types of its columns.
ASKED_FOR = {
    "Figure": {"month": date(2026, 1, 1)},
    # A notice of a vacant post names the post and its last appointment.
    "Notice": {"word": "vacant", "key": "vacant:1:1", "data": {"post": "x", "title": "x"}},
}
SAYS_TO = {"Step.reason", "Item.code", "Figure.source"}


def text_fields(model: Any) -> list[Any]:
    """The columns in which a person's words can stand, files' names and JSON apart."""
    if model is Entry:
        return []
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField)
        and not isinstance(field, models.FileField)
        and not field.choices
        and not field.unique
        and (field.max_length or 1000) >= LEAST
        and field.name not in PROGRAMS
        and f"{model.__name__}.{field.name}" not in SAYS_TO
    ] + [
        field for field in model._meta.concrete_fields if field.name == "code" and model.__name__ == "Tenant"
    ]


def tenant_models() -> list[Any]:
    """Our models with rows of a state, parents before children."""
    ours = [m for m in apps.get_models() if getattr(m, "state_path", None)]
    return [m for m in ours if "ObjectPermission" not in m.__name__]


def rows_of(model: Any, state: State) -> Any:
    """All rows of one state."""
    path = model.state_path
    return model._default_manager.filter(**{path: state.pk} if path == "pk" else {path: state})


class Canaries:
    """Fills a state, and knows which field each word was put into."""

    def __init__(self, scene: Scene, state: State, person: Any) -> None:
        self.scene, self.state, self.person = scene, state, person
        self.words: dict[str, str] = {}

    def fill(self) -> None:
        """At least one row of every model, a word in every field, the past and the reports made of them."""
        scene, state = self.scene, self.state
        for slug in KINDS:
            if not rows_of(KINDS[slug].model, state).exists():
                scene.record(state, slug)
        scene.live(scene.far_ulb)
        for model in tenant_models():
            if not rows_of(model, state).exists():
                self._make(model)
        for model in tenant_models():
            self._mark(model, rows_of(model, state))
        self._mark_people()
        state.refresh_from_db()
        for report in Report.objects.filter(state=state):
            report.content = of_state(state, "en")
            report.save()
        for model in tenant_models():
            if getattr(model, "kept", False):
                keep(rows_of(model, state), timezone.now() - timedelta(days=300))

    def _make(self, model: Any) -> None:
        """One row, of what the fields ask for and no more."""
        values: dict[str, Any] = dict(ASKED_FOR.get(model.__name__, {}))
        for field in model._meta.concrete_fields:
            if field.primary_key or field.has_default() or getattr(field, "auto_now_add", False):
                continue
            if field.name in values:
                continue
            if isinstance(field, models.ForeignKey):
                if not field.null or field.name in {"ulb", "state", "team"}:
                    values[field.name] = self._one(field.related_model)
            elif not field.null:
                values[field.name] = self._value(field)
        model._default_manager.create(**values)

    def _one(self, model: Any) -> Any:
        if getattr(model, "state_path", None):
            return rows_of(model, self.state).order_by("pk")[0]
        return self.person

    def _value(self, field: Any) -> Any:
        if field.choices:
            return field.choices[0][0]
        kinds = (
            (models.DateTimeField, timezone.make_aware(datetime.combine(today(), time(12)))),
            (models.DateField, date(2026, 1, 5)),
            (models.JSONField, {}),
            (models.BooleanField, True),
            (models.CharField, "x1"),
            (models.TextField, "x1"),
        )
        return next((value for kind, value in kinds if isinstance(field, kind)), 1)

    def _mark(self, model: Any, rows: Any) -> None:
        if model is Entry:
            # The log is only added to.
            record("state.note", by=self.person, state=self.state, note=self._word(model, "data"))
            return
        words = {field.name: self._word(model, field.name) for field in text_fields(model)}
        if words:
            rows.update(**words)
        for field in model._meta.concrete_fields:
            # What a closure saw is the truth of each criterion, by its code: no words.
            skipped = field.name in PROGRAMS | {"content", "preview"} or (model, field.name) == (
                Closure,
                "saw",
            )
            if isinstance(field, models.JSONField) and not skipped:
                word = self._word(model, field.name)
                for row in rows.order_by("pk"):
                    held = getattr(row, field.name) or {}
                    if isinstance(held, dict):
                        rows.filter(pk=row.pk).update(**{field.name: held | {"note": word}})

    def _mark_people(self) -> None:
        """The names of those who are at this state and nowhere else; their teams without a state."""
        people = type(self.person)
        here = Appointment.objects.filter(post__team__state=self.state).values("person")
        elsewhere = Appointment.objects.exclude(post__team__state=self.state).values("person")
        only = people.objects.filter(pk__in=here).exclude(pk__in=elsewhere) | people.objects.filter(
            pk=self.scene.far_agency.pk
        )
        self._mark(people, people.objects.filter(pk__in=[person.pk for person in only]))
        team = self.scene.far_agency.appointments.get().post.team
        self._mark(type(team), type(team).objects.filter(pk=team.pk))

    def _word(self, model: Any, name: str) -> str:
        known = {place: word for word, place in self.words.items()}
        place = f"{model.__name__}.{name}"
        if place not in known:
            self.words[f"Kqxz{100 + len(self.words)}"] = place
            return next(reversed(self.words))
        return known[place]


def text_of(response: HttpResponseBase) -> str:
    """All that an answer says, headers among it, whatever its form."""
    content = (
        b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
    )
    heads = "\n".join(f"{name}: {value}" for name, value in response.items() if name != "Content-Length")
    return f"{heads}\n{words_in(content)}"


def words_in(content: bytes) -> str:
    """The text of a PDF, a workbook, a document, or of anything that is text itself."""
    if content.startswith(b"%PDF-"):
        command = ["pdftotext", "-", "-"]
        return subprocess.run(command, input=content, capture_output=True, check=False).stdout.decode()
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return "\n".join(
                book.read(name).decode(errors="replace") for name in book.namelist() if name != MADE
            )
    return content.decode(errors="replace")
