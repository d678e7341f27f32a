"""Forms of the state's registers, made from the table of registers."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.forms.models import fields_for_model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nudm.core.bounds import LINE, PASTE
from nudm.core.dates import today
from nudm.core.forms import Form, formfield
from ulbs.models import ActionPoint, Event, Ulb, module_choices
from ulbs.registers import Register
from ulbs.rules.names import matching
from ulbs.values import LONG

# Held as codes with commas between them.
SEVERAL = frozenset({"modules", "feedback_method"})


class TownField(forms.CharField):
    """One ULB, written as its name or LGD code; the page offers `options` while one types."""

    def __init__(self, towns: Iterable[Ulb], **kwargs: Any) -> None:
        super().__init__(
            max_length=LINE, widget=forms.TextInput(attrs={"list": "towns", "autocomplete": "off"}), **kwargs
        )
        self.towns = list(towns)

    @property
    def options(self) -> list[str]:
        return [f"{town.label} ({town.lgd_code})" for town in self.towns]

    def prepare_value(self, value: Any) -> Any:
        town = next((town for town in self.towns if town.pk == value), None)
        return f"{town.label} ({town.lgd_code})" if town is not None else value

    def clean(self, value: Any) -> Ulb | None:
        text = super().clean(value)
        return self.one(text) if text else None

    def one(self, text: str) -> Ulb:
        found: list[Ulb] = matching(text, self.towns)
        if not found:
            words = _("There is no ULB “%(text)s” here. Write its name as in the register, or its LGD code.")
            raise forms.ValidationError(words % {"text": text})
        if len(found) > 1:
            codes = ", ".join(f"{town.label} {town.lgd_code}" for town in found[:5])
            words = _("Several ULBs are called “%(text)s”. Write the LGD code: %(codes)s.")
            raise forms.ValidationError(words % {"text": text, "codes": codes})
        return found[0]


class TownsField(TownField):
    """Several ULBs, one a line."""

    def __init__(self, towns: Iterable[Ulb], **kwargs: Any) -> None:
        super().__init__(towns, **kwargs)
        self.max_length, self.strip = PASTE, False
        self.widget = forms.Textarea(attrs={"rows": 3})

    def clean(self, value: Any) -> Any:
        text = forms.CharField.clean(self, value)
        found = [self.one(line) for line in text.splitlines() if line.strip()]
        return list({town.pk: town for town in found}.values())


class EntryForm(Form):
    """The fields of a register's entry; for an event also the groups of ULBs that take part."""

    def __init__(
        self,
        register: Register,
        data: Any,
        *,
        row: Any = None,
        towns: Iterable[Ulb] = (),
        groups: Iterable[tuple[str, str]] = (),
    ) -> None:
        names = list(register.fields)
        initial = {name: row.serializable_value(name) for name in names} if row is not None else {}
        for name in SEVERAL & initial.keys():
            initial[name] = initial[name].split(",")
        super().__init__(data, initial=initial)
        self.fields = fields_for_model(register.model, fields=names, formfield_callback=formfield)
        for name in names:
            self.fields[name] = _field(register, name, self.fields[name], towns)
        if register.has_towns:
            self.fields["towns"] = forms.MultipleChoiceField(
                label=gettext_lazy("ULBs that take part"),
                choices=list(groups),
                required=False,
                widget=forms.CheckboxSelectMultiple,
                help_text=gettext_lazy("Tick whole groups here; choose single ULBs after saving."),
            )
            self.order_fields(["title", "on", "place", "modules", "towns"])

    def values(self) -> dict[str, Any]:
        """The cleaned fields as the entry holds them."""
        data: Mapping[str, Any] = self.cleaned_data
        found = {name: value for name, value in data.items() if name != "towns"}
        return found | {name: ",".join(found[name]) for name in SEVERAL & found.keys()}


def _field(register: Register, name: str, field: Any, towns: Iterable[Ulb]) -> Any:
    """A model's form field in the shape in which it is easiest to fill in."""
    if name == "ulb":
        return TownField(towns, label=_("ULB, by name or LGD code"), required=False)
    if name == "modules":
        return forms.MultipleChoiceField(
            label=field.label,
            choices=module_choices,
            required=register.slug == "uat",
            widget=forms.CheckboxSelectMultiple,
        )
    if name == "feedback_method":
        return forms.MultipleChoiceField(
            label=field.label,
            choices=Event.Feedback.choices,
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )
    if name == "module":
        return forms.ChoiceField(label=field.label, choices=[("", "–"), *module_choices()], required=False)
    if isinstance(field, forms.DateField):
        field.initial = today if name == "opened_on" else None
    if name in LONG:
        field.widget = forms.Textarea(attrs={"rows": 8 if name == "minutes" else 3})
    return field


class PointForm(Form):
    """An action point; what was decided is no longer asked for once its meeting is closed."""

    def __init__(self, data: Any, *, row: ActionPoint | None = None, decided: bool = False) -> None:
        names = ["taken", "done_on"] if decided else ["text", "owner", "due", "taken", "done_on"]
        super().__init__(data, initial={name: getattr(row, name) for name in names} if row else {})
        self.fields = fields_for_model(ActionPoint, fields=names, formfield_callback=formfield)
        for name in names:
            if name in LONG:
                self.fields[name].widget = forms.Textarea(attrs={"rows": 3})
