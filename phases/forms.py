"""Forms of the checklist: what is typed, checked field by field before an action is called."""

from typing import Any

from django import forms
from django.db.models import UniqueConstraint
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nudm.core.arrival import FileStatus
from nudm.core.dates import show, today
from nudm.core.forms import Form, ModelForm, formfield
from nudm.core.uploads import limits_in_words
from nudm.core.widgets import DayField
from phases.models import Evidence, Record
from phases.models.item import REASON_LABELS
from phases.records import FACTS, KINDS, ORDERED, RecordKind, in_the_future
from states.models import Team
from states.rules import Role


def _taken() -> str:
    return " ".join((limits_in_words(), _("Cover faces and Aadhaar numbers.")))


class EvidenceForm(Form):
    """A file with its letter."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=lazy(_taken, str)(),
    )
    title = forms.CharField(label=gettext_lazy("Title"), max_length=200, required=False)
    letter_number = forms.CharField(label=gettext_lazy("Letter number"), max_length=100, required=False)
    letter_date = DayField(label=gettext_lazy("Letter date"), required=False)
    again = forms.BooleanField(
        label=gettext_lazy("Keep a file that is there already under the new title and date, too"),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.is_bound:
            # It is asked only when the file is there.
            del self.fields["again"]


class DueForm(Form):
    due = DayField(label=gettext_lazy("Target date"))
    reason = forms.CharField(label=gettext_lazy("Reason, for an extension"), max_length=500, required=False)


class AnswerForm(Form):
    """A reviewer's return or reopening."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        choices=[("", "---"), *REASON_LABELS.items()],
        required=False,
    )
    note = forms.CharField(
        label=gettext_lazy("What has to be done"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
    )


def record_form(kind: RecordKind, data: Any, record: Any) -> Any:
    """The form of a set-up record with its letter; every field may be left for later."""
    fields = [*kind.own_fields, "letter_number", "letter_date", "document"]
    form_class = forms.modelform_factory(
        kind.model, form=RecordForm, fields=fields, formfield_callback=formfield
    )
    return form_class(data, instance=record)


class RecordForm(ModelForm):
    class Meta:
        model = Record
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _lower(self)
        document = self.fields["document"]
        document.queryset = Evidence.objects.filter(  # type: ignore[attr-defined]
            state=self.instance.state, replaced_by=None, status=FileStatus.ACCEPTED.value
        )
        if "agency" in self.fields:
            self.fields["agency"].queryset = Team.objects.filter(role=Role.AGENCY.value)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        _check_order(self, data)
        _check_ahead(self, data)
        return data


class RowForm(ModelForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _lower(self)
        for field in self.fields.values():
            # A default that was left as offered is no change: an empty row stays an empty row.
            field.show_hidden_initial = False

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        _check_order(self, data)
        _check_ahead(self, data)
        return data


class RowForms(forms.BaseInlineFormSet):
    """The rows of a record; what it may name only once is told beside the field that names it again."""

    def clean(self) -> None:
        once = [c.fields for c in self.model._meta.constraints if isinstance(c, UniqueConstraint)]
        for names in once:
            own, found = [name for name in names if name != self.fk.name], set()
            for form in self.forms:
                values = tuple(form.cleaned_data.get(name) for name in own)
                if not all(values) or self._should_delete_form(form):
                    continue
                if values in found:
                    form.add_error(own[0], _("This is in another row already. Choose it once."))
                found.add(values)


def row_forms(kind: RecordKind, data: Any, record: Any, *, spare: int) -> Any:
    """The rows of a record and so many empty ones as a formset; None for a record without rows."""
    if kind.rows is None:
        return None
    make = forms.inlineformset_factory(
        kind.model,
        kind.rows,
        form=RowForm,
        formset=RowForms,
        exclude=("record",),
        formfield_callback=formfield,
        extra=spare,
        max_num=60,
        validate_max=True,
    )
    return make(data, instance=record, prefix="rows")


def record_kind(slug: str) -> RecordKind | None:
    return KINDS.get(slug)


def _lower(form: forms.ModelForm) -> None:
    for field in form.fields.values():
        if isinstance(field.widget, forms.Textarea):
            field.widget.attrs["rows"] = 3


def _check_ahead(form: forms.ModelForm, data: dict[str, Any]) -> None:
    """A fact does not lie in the future; a plan may."""
    for name in sorted(FACTS & data.keys()):
        if data[name] and data[name] > today():
            form.add_error(name, in_the_future(name, data[name]))


def _check_order(form: forms.ModelForm, data: dict[str, Any]) -> None:
    for first, second in ORDERED:
        earlier, later = data.get(first), data.get(second)
        if earlier and later and later < earlier:
            form.add_error(
                second,
                _("This lies before “%(first)s” (%(day)s). Correct one of the two dates.")
                % {"first": form.fields[first].label, "day": show(earlier)},
            )
