"""Forms of a module in a ULB: one of them, or many at once."""

from collections.abc import Collection, Sequence
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from nudm.core.forms import Form, ModelForm, WholeField, formfield
from nudm.core.widgets import DayField
from ulbs.models import MASTER_DATA_LABELS, Deployment
from ulbs.rules.cells import CLAIMS, PREPARES, MasterData

# The facts of a module in a ULB, in the order in which they come about.
GROUPS: dict[Any, tuple[str, ...]] = {
    _("Scope and master data"): ("in_scope", "master_data", "started_on", "validated_on"),
    _("Configuration, UAT and training"): (
        "configured_on",
        "uat_planned_on",
        "uat_signed_on",
        "defects",
        "enhancements",
        "clarifications",
        "trained_on",
    ),
    _("Live"): ("live_on", "live_url", "override_reason"),
    _("Withdrawal"): ("withdrawn_on", "withdrawn_reason"),
}
FACTS = tuple(name for names in GROUPS.values() for name in names)
COUNTS = ("defects", "enhancements", "clarifications")
# What is put where a field is emptied; nothing in a date.
EMPTY: dict[str, Any] = dict.fromkeys(COUNTS, 0) | {
    "live_url": "",
    "override_reason": "",
    "withdrawn_reason": "",
}
# These have a value always, or follow from the status of master data.
NEVER_EMPTY = frozenset({"in_scope", "master_data", "started_on", "validated_on"})


def _statuses(allowed: Collection[str], *kept: str) -> list[tuple[str, Any]]:
    """The words for master data that may be said with these fields; the last two are the State/UT's."""
    return [
        (status.value, label)
        for status, label in MASTER_DATA_LABELS.items()
        if "validated_on" in allowed or status in CLAIMS or status.value in kept
    ]


class Grouped:
    """A form over the facts, shown group by group."""

    fields: dict[str, forms.Field]

    @property
    def groups(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """The title and the fields of each group that has any."""
        of = {title: [self[name] for name in names if name in self.fields] for title, names in GROUPS.items()}  # type: ignore[index]
        return [(title, fields) for title, fields in of.items() if fields]


class CellForm(Grouped, ModelForm):
    """One module in one ULB, as far as a person may set it."""

    class Meta:
        model = Deployment
        fields = FACTS
        formfield_callback = formfield
        help_texts = {
            "live_url": _("Where citizens reach the service."),
            "uat_planned_on": _("A plan: a day from today on."),
            "override_reason": _("Only for what was live before the programme."),
        }

    def __init__(self, allowed: Collection[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in set(self.fields) - set(allowed):
            del self.fields[name]
        decided = self.instance.master_data == MasterData.VALIDATED and "validated_on" not in allowed
        if decided and not self.is_bound:
            for name in PREPARES & set(self.fields):
                del self.fields[name]
        if "master_data" in self.fields:
            stored = self.instance.master_data
            self.fields["master_data"].choices = _statuses(allowed, stored)  # type: ignore[attr-defined]
        for name in self.fields:
            self.fields[name].required = False

    @property
    def changes(self) -> dict[str, Any]:
        """What was sent and differs from what is stored; a count that is left empty is none."""
        data, files = self.cleaned_data, self.files
        sent = [
            n
            for n in self.changed_data
            if not self[n].field.widget.value_omitted_from_data(self.data, files, n)
        ]
        found = {name: EMPTY.get(name) if data[name] is None else data[name] for name in sent}
        return {name: value for name, value in found.items() if (name, value) != ("master_data", "")}


class ChangeForm(Grouped, Form):
    """What to set in several modules of several ULBs; what is left empty stays as it is."""

    def __init__(
        self, allowed: Collection[str], modules: Sequence[tuple[str, Any]], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        stays = [("", _("Leave as it is"))]
        self.fields["modules"] = forms.MultipleChoiceField(
            label=_("Modules"),
            choices=modules,
            widget=forms.CheckboxSelectMultiple,
            error_messages={"required": _("Choose at least one module.")},
        )
        names = [name for name in FACTS if name in allowed]
        for name in names:
            label = capfirst(Deployment._meta.get_field(name).verbose_name)
            self.fields[name] = _optional(name, label, [*stays, *_statuses(allowed)])
        self.fields["clear"] = forms.MultipleChoiceField(
            label=_("Empty these fields"),
            required=False,
            choices=[(name, self.fields[name].label) for name in names if name not in NEVER_EMPTY],
            widget=forms.CheckboxSelectMultiple,
        )
        self.names = names

    def clean(self) -> dict[str, Any]:
        """Something has to be set, and nothing both set and emptied."""
        data: dict[str, Any] = super().clean() or {}
        both = [name for name in data.get("clear", ()) if data.get(name) not in (None, "")]
        for name in both:
            self.add_error(name, _("Either set it or empty it."))
        if not self.errors and not self.changes:
            raise forms.ValidationError(_("Say what is to be set."))
        return data

    @property
    def typed(self) -> dict[str, Any]:
        """What was sent, as it was sent."""
        return {name: self[name].data for name in self.fields}

    @property
    def changes(self) -> dict[str, Any]:
        """The fields to set, with their values."""
        data = self.cleaned_data
        found = {name: data[name] for name in self.names if data.get(name) not in (None, "")}
        if "in_scope" in found:
            found["in_scope"] = found["in_scope"] == "yes"
        if "master_data" in found:
            found["master_data"] = MasterData(found["master_data"]).value
        return found | {name: EMPTY.get(name) for name in data.get("clear", ())}


def _optional(name: str, label: str, statuses: Sequence[tuple[str, Any]]) -> forms.Field:
    if name == "in_scope":
        choices = [("", _("Leave as it is")), ("yes", _("Yes")), ("no", _("No"))]
        return forms.ChoiceField(label=label, required=False, choices=choices)
    if name == "master_data":
        return forms.ChoiceField(label=label, required=False, choices=statuses)
    if name.endswith("_on"):
        return DayField(label=label, required=False)
    if name in COUNTS:
        return WholeField(label=label, required=False, min_value=0, max_value=32_767)
    help_text = _("{code}, {module} and {tenant} stand for the ULB's LGD code, the module and the tenant.")
    return forms.CharField(
        label=label,
        required=False,
        max_length=200 if name == "live_url" else 300,
        help_text=help_text if name == "live_url" else "",
    )
