"""Forms of the town office and of monthly figures."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from nudm.core.dates import show, today
from nudm.core.forms import AddressField, AmountField, CountField, Form, ShareField
from ulbs.catalogue import Metric, is_whole, metrics
from ulbs.models import MASTER_DATA_LABELS
from ulbs.rules.cells import CLAIMS, MasterData

MONTHS = 12


class FactForm(Form):
    """One fact: yes with a name, or no; with a photo or a file where there is one."""

    answer = forms.TypedChoiceField(
        label=_("Is it so?"),
        coerce=lambda text: text == "yes",
        choices=[("yes", _("Yes")), ("no", _("No"))],
        widget=forms.RadioSelect,
    )
    who = forms.CharField(
        label=_("Name and designation"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    contact = forms.CharField(label=_("Official telephone or e-mail"), required=False, max_length=200)
    note = forms.CharField(label=_("Remark"), required=False, max_length=300)
    file = forms.FileField(label=_("Photo or file"), required=False)
    # It is asked only when the file is there.
    again = forms.BooleanField(
        label=_("Keep a file that is there already under the new name, too"), required=False
    )


class MasterDataForm(Form):
    """How far a module's master data is, as the town says it."""

    master_data = forms.ChoiceField(
        label=_("Master data"), choices=[(m.value, MASTER_DATA_LABELS[m]) for m in MasterData if m in CLAIMS]
    )


class FiguresForm(Form):
    """The figures of one level, each a number or nothing; `doubtful` once some look impossible."""

    doubtful = False

    def __init__(self, asked: list[Metric], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = asked
        for metric in asked:
            self.fields[metric.code] = self.field_of(metric)(
                label=metric.in_(get_language() or "en"),
                required=False,
                max_digits=14,
                decimal_places=2,
                validators=[MinValueValidator(0)],
            )

    def field_of(self, metric: Metric) -> type[AmountField]:
        """A count is whole."""
        return CountField if is_whole(metric) else AmountField


class TargetForm(FiguresForm):
    """Targets: a percentage of what a figure is a share of, or a number."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        chosen = [metric for metric in metrics().values() if metric.adoption]
        super().__init__(chosen, *args, **kwargs)
        for metric in chosen:
            if metric.of:
                self.fields[metric.code].help_text = _("in per cent")
                self.fields[metric.code].validators.append(_at_most_hundred)

    def field_of(self, metric: Metric) -> type[AmountField]:
        """The target of a part is a share, in per cent."""
        return ShareField if metric.of else super().field_of(metric)


def _at_most_hundred(value: Any) -> None:
    if value > 100:
        raise forms.ValidationError(_("A share is at most 100 per cent."))


class MonthForm(Form):
    month = forms.ChoiceField(label=_("Month"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"].choices = [(f"{m:%Y-%m}", show(m)[3:]) for m in months()]  # type: ignore[attr-defined]


class LinkForm(Form):
    """An address to which the town's link goes; none: it is only shown."""

    to = AddressField(
        label=_("E-mail address of the town"),
        required=False,
        error_messages={"invalid": _("Give an e-mail address such as office@town.gov.in, or none.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="link_%s", **kwargs)


def months(count: int = MONTHS, until: date | None = None) -> list[date]:
    """The month of `until`, this one by default, and those before it, by their first days, newest first."""
    day = (until or today()).replace(day=1)
    found = []
    for _n in range(count):
        found.append(day)
        day = date(day.year - (day.month == 1), (day.month - 2) % 12 + 1, 1)
    return found
