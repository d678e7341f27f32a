"""Facts about towns."""

from ulbs.models.events import EVENT_LABELS, TOPIC_LABELS, ActionPoint, Event, EventFile, EventUlb
from ulbs.models.exclusions import Exclusion, Override, shut_words
from ulbs.models.figures import Figure, figure_key
from ulbs.models.imports import Import, Tenant
from ulbs.models.logs import Cadence, HelpDesk, Incident, PolicyItem, Trainer
from ulbs.models.readiness import COLUMN_OF, Fact, Readiness, TownFile, TownLink
from ulbs.models.register import (
    PROVISIONAL_FROM,
    STANDARD_REASON,
    TYPE_LABELS,
    Alias,
    Batch,
    Succession,
    Ulb,
    label_stored,
)
from ulbs.models.rollout import MASTER_DATA_LABELS, STEP_LABELS, Deployment, module_choices

__all__ = [
    "COLUMN_OF",
    "EVENT_LABELS",
    "MASTER_DATA_LABELS",
    "PROVISIONAL_FROM",
    "STANDARD_REASON",
    "STEP_LABELS",
    "TOPIC_LABELS",
    "TYPE_LABELS",
    "ActionPoint",
    "Alias",
    "Batch",
    "Cadence",
    "Deployment",
    "Event",
    "EventFile",
    "EventUlb",
    "Exclusion",
    "Fact",
    "Figure",
    "HelpDesk",
    "Import",
    "Incident",
    "Override",
    "PolicyItem",
    "Readiness",
    "Succession",
    "Tenant",
    "TownFile",
    "TownLink",
    "Trainer",
    "Ulb",
    "figure_key",
    "label_stored",
    "module_choices",
    "shut_words",
]
