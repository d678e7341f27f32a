"""The verb on set-up records."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from nudm.core.dates import today
from nudm.core.errors import Conflict, Refused
from phases.catalogue import catalogue
from phases.models import Item, Record
from phases.records import KINDS, ahead, in_the_future, missing, own_fields
from phases.rules import EDITABLE, Status
from states.access import require
from states.actions import Moved, touch
from states.actions import record as log
from states.models import State
from states.past import gone, held, keep
from ulbs.actions.rollout import priority_changed


def record_for(state: State, slug: str) -> Any:
    """The state's record of a kind; made in memory when there is none yet."""
    kind = KINDS[slug]
    found = kind.model._default_manager.select_related("document").filter(state=state).first()
    return found or kind.model(state=state, kind=slug)


def facts_of(state: State, slugs: Iterable[str]) -> dict[str, Any]:
    """What the state's set-up records say now, as JSON: `{slug: {field: value, "rows": [{field: value}]}}`.

    A submission keeps it, so that the next one can be compared with it. The letter's file is kept as its
    title and digest, for two files may be called the same.
    """
    found: dict[str, Any] = {}
    for slug in slugs:
        kind, record = KINDS[slug], record_for(state, slug)
        if record.pk is None:
            continue
        rows = list(record.rows.all()) if kind.rows else []
        file = record.document
        found[slug] = {
            **_plain(record, ("letter_number", "letter_date", *kind.own_fields)),
            "document": [file.title, file.sha256] if file is not None else None,
            "rows": [_plain(row, own_fields(row)) for row in rows],
        }
    return found


def _plain(row: Any, names: Iterable[str]) -> dict[str, Any]:
    """Values as JSON holds them; of another row, how it is called."""
    values = held(row)
    return {
        name: str(getattr(row, name) or "") if row._meta.get_field(name).is_relation else values[name]
        for name in names
    }


def frozen_by(state: State, slug: str) -> list[Item]:
    """The lines under review or settled that rest on this record: while there are any, it stays as it is."""
    codes = [line.code for line in catalogue().lines() if slug in line.record and line.kind == "attested"]
    rows = Item.objects.filter(state=state, code__in=codes)
    return [item for item in rows if Status(item.status) not in EDITABLE]


@transaction.atomic
def save_record(filled: Any, rows: Any, *, version: int, by: Any) -> Record:
    """Save a validated record form and its rows, if any, and note whether the record is complete.

    Raises NotAllowed without `update_checklist`, Conflict when another officer saved first, Refused
    when a line under review or accepted rests on the record.
    """
    state: State = filled.instance.state
    slug: str = filled.instance.kind
    require(by, "update_checklist", state)
    State.objects.select_for_update(no_key=True).get(pk=state.pk)
    if frozen_by(state, slug):
        raise Refused(
            _("A line that rests on this record is under review or accepted, so it stays as it is."),
            code="frozen",
        )
    stored = Record.objects.filter(state=state, kind=slug).first()
    if stored is not None and stored.version != version:
        raise Conflict(
            _("Another officer saved this record after you opened it. Compare, then save again."),
            mine={name: str(value) for name, value in filled.cleaned_data.items() if value},
            theirs=_shown(state, slug),
        )
    made: Any = filled.save(commit=False)
    _check_facts(made, rows)
    made.saved_by = by
    made.version = version + 1
    made.save()
    changed = _save_rows(rows, made) if rows is not None else set()
    stored_rows = list(made.rows.all()) if KINDS[slug].rows else []
    left = missing(KINDS[slug], made, stored_rows)
    made.complete = not left
    Record.objects.filter(pk=made.pk).update(complete=made.complete)
    keep(kept_of(made, [row for row in stored_rows if row.pk in changed]))
    if slug == "modules":
        priority_changed(state)
    touch(state, moved=Moved.FACTS, counted=False)
    log("record.save", by=by, state=state, target=made, kind=slug, missing=len(left))
    result: Record = made
    return result


def _check_facts(made: Any, rows: Any) -> None:
    """Raises Refused for a fact of tomorrow, in the record or in a row that stays."""
    staying = [form.instance for form in rows.forms if form not in rows.deleted_forms] if rows else []
    for row in (made, *staying):
        names = ahead(row, today())
        if names:
            fields = {name: [in_the_future(name, getattr(row, name))] for name in names}
            raise Refused(" ".join(words for texts in fields.values() for words in texts), fields=fields)


def kept_of(made: Any, rows: Iterable[Any] = ()) -> list[Any]:
    """What is kept of a record: what it has in common with all others, its own facts, and these rows."""
    shared = {field.attname: getattr(made, field.attname) for field in Record._meta.concrete_fields}
    return [Record(**shared), made, *rows]


def _save_rows(rows: Any, made: Record) -> set[int]:
    """Save a record's rows; the ids of those that are new or changed. What is taken away is kept as gone."""
    rows.instance = made
    changed = rows.save(commit=False)
    for row in (*changed, *rows.deleted_objects):
        row.record = made
    gone(rows.deleted_objects)
    # What changes is taken out at once and written again: two rows may change places under a unique key.
    stored = [row.pk for row in (*changed, *rows.deleted_objects) if row.pk is not None]
    rows.model._default_manager.filter(pk__in=stored).delete()
    for row in changed:
        row.save(force_insert=True)
    return {row.pk for row in changed}


def _shown(state: State, slug: str) -> dict[str, str]:
    stored = record_for(state, slug)
    names = ["letter_number", "letter_date", *KINDS[slug].own_fields]
    return {name: str(getattr(stored, name) or "") for name in names}
