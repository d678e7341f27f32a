"""Forms of the register."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from states.forms import DateInput
from ulbs.models import Batch, Import, Ulb


class UlbForm(forms.ModelForm):
    """What the state plans for a ULB."""

    class Meta:
        model = Ulb
        fields = ("kind", "pilot", "batch", "in_scope", "scope_reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["batch"].queryset = Batch.objects.filter(state=self.instance.state)  # type: ignore[attr-defined]


class BatchForm(forms.Form):
    """A batch's number and dates."""

    number = forms.IntegerField(label=_("Batch number"), min_value=1, max_value=999)
    planned_on = forms.DateField(label=_("Planned from"), required=False, widget=DateInput())
    planned_until = forms.DateField(label=_("Planned until"), required=False, widget=DateInput())
    started_on = forms.DateField(label=_("Started on"), required=False, widget=DateInput())
    ended_on = forms.DateField(label=_("Ended on"), required=False, widget=DateInput())
    override_reason = forms.CharField(
        label=_("Reason for starting with a shut gate"), required=False, max_length=300
    )


class ImportForm(forms.Form):
    """A file to be read in; its kind is known by its headings as a rule."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("csv, xlsx, xls, ods or JSON, up to 25 MB. Nothing is written before you confirm it."),
    )
    kind = forms.ChoiceField(label=_("Kind of file"), required=False)

    def __init__(self, *args: Any, kinds: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [("", _("Known by its headings"))]
        known += [(kind.value, kind.label) for kind in Import.Kind if kind.value in kinds]
        self.fields["kind"].choices = known  # type: ignore[attr-defined]
