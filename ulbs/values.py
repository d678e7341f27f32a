"""What the fields of a register's entries are called, and how pages show their values."""

from collections.abc import Mapping
from copy import copy
from datetime import date
from typing import Any

from django.db.models import Model
from django.utils.text import capfirst
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from nudm.core.dates import days_since, show
from nudm.core.money import indian
from ulbs.catalogue import modules
from ulbs.models import Event

LONG = frozenset({"minutes", "participants", "feedback", "detail", "solution", "note", "taken"})
COUNTED = {"ulbs": "ulb_count", "points": "points_open", "findings": "findings_count"}
LABELS = {
    "ulbs": _("ULBs"),
    "ulb": _("ULB"),
    "batch": _("Batch"),
    "points": _("action points open"),
    "findings": _("findings"),
    "age": _("open for"),
}


def label(model: type[Model], name: str) -> str:
    """What a form and a list call a field or a counted column."""
    words = LABELS[name] if name in LABELS else model._meta.get_field(name).verbose_name  # type: ignore[union-attr]
    return capfirst(str(words))


def shown(row: Any, name: str, day: date | None = None) -> str:
    """A value as pages show it, today or on a past day; a dash where there is none."""
    if name == "age":
        count = days_since(row.opened_on) if day is None else (day - row.opened_on).days
        return "–" if row.closed_on else ngettext("%(n)s day", "%(n)s days", count) % {"n": count}
    if name in {"modules", "module"}:
        return module_names(getattr(row, name)) or "–"
    if name == "feedback_method":
        return feedback_names(row.feedback_method) or "–"
    told = getattr(row, f"get_{name}_display", None)
    value = told() if told is not None else getattr(row, COUNTED.get(name, name))
    if value in (None, ""):
        return "–"
    if isinstance(value, bool):
        return str(_("yes")) if value else "–"
    if isinstance(value, date):
        return show(value)
    return indian(value) if isinstance(value, int) else str(value)


def held(row: Any, name: str, day: date) -> str | int | date | None:
    """A value as a file holds it: days and numbers as such, the rest in the words of the page."""
    plain = getattr(row, COUNTED.get(name, name), None)
    if isinstance(plain, (date, int)) and not (
        isinstance(plain, bool) or hasattr(row, f"get_{name}_display")
    ):
        return plain
    said = shown(row, name, day)
    return None if said == "–" else said


def side_by_side(stored: Any, sent: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What was sent and what is stored, in words, for each field in which they differ."""
    mine = copy(stored)
    for name, value in sent.items():
        setattr(mine, name, value)
    told = [(label(type(stored), name), _told(mine, name), _told(stored, name)) for name in sent]
    return [row for row in told if row[1] != row[2]]


def _told(row: Any, name: str) -> str:
    """As `shown`, but a no is said, and a code is not written as a sum."""
    value = getattr(row, name)
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    return str(value) if name == "lgd_code" else shown(row, name)


def module_names(codes: str) -> str:
    """`PGR,PT` as names in the reader's language."""
    known = modules()
    return ", ".join(known[code].in_(get_language() or "en") for code in codes.split(",") if code in known)


def feedback_names(codes: str) -> str:
    """`calls,trainers` as the methods by which feedback was collected."""
    known = dict(Event.Feedback.choices)
    return "; ".join(str(known[code]) for code in codes.split(",") if code in known)
