"""Forms of a town."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from states.forms import DateInput
from ulbs.models import MILESTONE_LABELS, Batch, Ulb
from ulbs.rules import MilestoneKind


class UlbForm(forms.ModelForm):
    """What the state plans for a ULB."""

    class Meta:
        model = Ulb
        fields = ("kind", "pilot", "in_scope", "batch")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["batch"].queryset = Batch.objects.filter(state=self.instance.state)  # type: ignore[attr-defined]


class MilestoneForm(forms.Form):
    """The dates of a ULB's milestones."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in MilestoneKind:
            self.fields[kind.value] = forms.DateField(
                label=MILESTONE_LABELS[kind], required=False, widget=DateInput()
            )


class BatchForm(forms.Form):
    number = forms.IntegerField(label=_("Batch number"), min_value=1, max_value=999)
    planned_on = forms.DateField(label=_("Planned for"), required=False, widget=DateInput())
    started_on = forms.DateField(label=_("Started on"), required=False, widget=DateInput())
