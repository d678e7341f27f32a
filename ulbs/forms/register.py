"""Forms of the register."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import F
from django.forms.models import fields_for_model
from django.utils.translation import gettext_lazy as _

from nudm.core.dates import today
from nudm.core.forms import CodeField, Form, ModelForm, WholeField, formfield
from nudm.core.widgets import DayField
from ulbs.actions.register import DETAILS
from ulbs.forms.entries import TownsField
from ulbs.models import Batch, Ulb


class UlbForm(ModelForm):
    """What the state plans for a ULB."""

    class Meta:
        model = Ulb
        fields = ("kind", "pilot", "batch", "in_scope", "scope_reason")
        formfield_callback = formfield

    reason = forms.CharField(
        label=_("Reason to the centre"),
        help_text=_(
            "Needed where the ULB leaves a count after Stage 1 was closed, and where it enters a batch that "
            "has begun although the gate is shut."
        ),
        required=False,
        max_length=300,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["batch"].label = _("Batch")
        self.fields["batch"].queryset = Batch.objects.filter(state=self.instance.state)  # type: ignore[attr-defined]


class BatchForm(Form):
    """A batch's dates."""

    planned_on = DayField(label=_("Planned from"), required=False)
    planned_until = DayField(label=_("Planned until"), required=False)
    started_on = DayField(label=_("Started on"), required=False)
    ended_on = DayField(label=_("Ended on"), required=False)
    override_reason = forms.CharField(
        label=_("Reason for starting with a shut gate"), required=False, max_length=300
    )


class NewBatchForm(BatchForm):
    number = WholeField(label=_("Batch number"), min_value=1, max_value=999)
    field_order = ("number",)


class FillForm(Form):
    """How the ULBs that are not planned yet are put into new batches."""

    ORDERS = {
        "district": (_("District by district"), ("district", "name")),
        "population": (_("Largest population first"), (F("population").desc(nulls_last=True), "name")),
        "name": (_("By name"), ("name",)),
    }
    order = forms.ChoiceField(
        label=_("Order"), choices=[(key, words) for key, (words, _by) in ORDERS.items()]
    )
    size = WholeField(label=_("About so many ULBs a batch"), min_value=1, max_value=500)


class CantonmentForm(Form):
    in_scope = forms.ChoiceField(
        label=_("Cantonment Boards"), choices=[("1", _("Take them in")), ("0", _("Leave them out"))]
    )
    reason = forms.CharField(label=_("Reason for leaving it out"), max_length=300, required=False)


class DetailsForm(Form):
    """A ULB's names, type, district and figures; for a new one also its code and its kind."""

    def __init__(self, data: Any, *, row: Ulb | None = None) -> None:
        names = list(DETAILS) if row else ["lgd_code", *DETAILS, "kind"]
        super().__init__(data, initial={name: getattr(row, name) for name in names} if row else {})
        self.fields = fields_for_model(Ulb, fields=names, formfield_callback=formfield)
        if row is None:
            self.fields["lgd_code"].required = False


class CodeForm(Form):
    lgd_code = CodeField(label=_("LGD code"), min_value=100_000, max_value=949_999)


class EndForm(Form):
    """What became of a ULB: others take its place, or it is dropped."""

    def __init__(self, data: Any, *, towns: Iterable[Ulb]) -> None:
        super().__init__(data)
        towns = list(towns)
        self.fields["after"] = TownsField(
            towns,
            label=_("ULBs that take its place"),
            required=False,
            help_text=_("Name or LGD code, one a line: one for a merger, several for a split."),
        )
        self.fields["together"] = TownsField(
            towns,
            label=_("Merged together with it"),
            required=False,
            help_text=_("Other ULBs that go into the same one, one a line."),
        )
        self.fields["on"] = DayField(label=_("With effect from"), initial=today)
        self.fields["reason"] = forms.CharField(label=_("Order or reason"), max_length=300)
