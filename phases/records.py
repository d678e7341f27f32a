"""What each set-up record is called, holds, and must hold to be complete."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from nudm.core.dates import show
from phases import models as m
from phases.catalogue import RECORDS as SLUGS


@dataclass(frozen=True, slots=True)
class RecordKind:
    """`required` fields and, where there are rows, at least one with its own `row_required` fields."""

    slug: str
    model: type[m.Record]
    title: Any
    required: tuple[str, ...]
    rows: type[models.Model] | None = None
    row_required: tuple[str, ...] = ()

    @property
    def own_fields(self) -> list[str]:
        shared = {field.name for field in m.Record._meta.get_fields()}
        return [
            field.name
            for field in self.model._meta.get_fields()
            if field.concrete and field.name not in shared and field.name != "record_ptr"
        ]


KINDS: dict[str, RecordKind] = {
    kind.slug: kind
    for kind in (
        RecordKind(
            "mou",
            m.Mou,
            _("Memorandum of understanding"),
            ("state_signed_on", "state_signatory", "niua_signed_on", "mohua_signed_on"),
        ),
        RecordKind(
            "nodal_order",
            m.NodalOrder,
            _("Nodal officer's order"),
            ("designation", "effective_on"),
        ),
        RecordKind("adoption", m.Adoption, _("Adoption model"), ("model", "decided_on")),
        RecordKind(
            "hosting",
            m.Hosting,
            _("Hosting instance"),
            ("where", "provider", "decided_on"),
        ),
        RecordKind(
            "engagement",
            m.Engagement,
            _("Engagement of the implementation agency"),
            ("agency_name", "agreement_on", "mobilised_on"),
            m.TeamMember,
        ),
        RecordKind(
            "requirement_report",
            m.RequirementReport,
            _("Requirement analysis"),
            ("completed_on",),
        ),
        RecordKind(
            "gap_report",
            m.GapReport,
            _("AS-IS and gap report"),
            ("completed_on",),
            m.Gap,
        ),
        RecordKind(
            "procurement",
            m.Procurement,
            _("Infrastructure procurement"),
            (),
            m.ProcurementLine,
            ("ordered_on", "installed_on"),
        ),
        RecordKind("charter", m.Charter, _("Programme charter"), ("published_on",)),
        RecordKind(
            "plan",
            m.Plan,
            _("Implementation plan"),
            ("published_on", "starts_on", "ends_on"),
        ),
        RecordKind("finance", m.Finance, _("Resources and finances"), (), m.BudgetLine),
        RecordKind("modules", m.Modules, _("Priority modules"), ("decided_on",), m.ModuleChoice),
        RecordKind(
            "pilot_approach",
            m.PilotApproach,
            _("Approach to choosing pilots"),
            ("approach", "decided_on"),
        ),
    )
}


def own_fields(row: Any) -> list[str]:
    """The fields of a record's row that say something."""
    return [field.name for field in row._meta.concrete_fields if field.name not in {"id", "record"}]


LETTER = ("letter_number", "letter_date", "document_id")
# Every day that a record or one of its rows holds is a fact, which has happened when it is recorded, or a
# plan, which may lie ahead.
FACTS = frozenset(
    {
        "letter_date",
        "state_signed_on",
        "niua_signed_on",
        "mohua_signed_on",
        "effective_on",
        "decided_on",
        "agreement_on",
        "mobilised_on",
        "since",
        "completed_on",
        "ordered_on",
        "installed_on",
        "published_on",
    }
)
PLANS = frozenset({"valid_until", "starts_on", "ends_on"})
ORDERED = (
    ("starts_on", "ends_on"),
    ("agreement_on", "mobilised_on"),
    ("ordered_on", "installed_on"),
    ("state_signed_on", "valid_until"),
)

if KINDS.keys() != SLUGS:
    raise RuntimeError("phases.records and the catalogue name different records")


def days_of(model: type[models.Model]) -> list[str]:
    """The names of a record's or a row's days."""
    return [field.name for field in model._meta.concrete_fields if type(field) is models.DateField]


for _kind in KINDS.values():
    for _model in filter(None, (_kind.model, _kind.rows)):
        _unsaid = set(days_of(_model)) - FACTS - PLANS
        if _unsaid:
            raise RuntimeError(f"{_model.__name__}: is it a fact or a plan? {sorted(_unsaid)}")


def ahead(row: Any, day: date) -> list[str]:
    """The names of the facts of a record or of one of its rows that lie after `day`."""
    return [name for name in days_of(type(row)) if name in FACTS and (on := getattr(row, name)) and on > day]


def in_the_future(name: str, on: date) -> str:
    """What is said of a fact that lies ahead."""
    if name == "letter_date":
        return str(_("The letter's date lies in the future. Give the date printed on it."))
    return str(_("%(day)s lies in the future. Record a fact on the day it happens.")) % {"day": show(on)}


def missing(kind: RecordKind, record: m.Record, rows: list[Any]) -> list[str]:
    """The labels of what is still to be filled in; empty when the record is complete."""
    names = [name for name in (*LETTER, *kind.required) if not getattr(record, name)]
    labels = [str(record._meta.get_field(name.removesuffix("_id")).verbose_name) for name in names]
    if kind.rows is not None:
        if not rows:
            labels.append(str(_("at least one row")))
        for name in kind.row_required:
            if any(not getattr(row, name) for row in rows):
                labels.append(str(kind.rows._meta.get_field(name).verbose_name))
    return labels
