"""Fields of forms that every app draws alike."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from nudm.core import reading
from nudm.core.dates import show
from nudm.core.earliest import EARLIEST


class DayInput(forms.DateInput):
    """A day as officers write it, dd-mm-yyyy, whatever the browser's own language; with JavaScript a button
    beside it opens the browser's calendar. Other spellings are read too (`nudm.core.reading.day`)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%d-%m-%Y", attrs=day_attributes() | kwargs.pop("attrs", {}), **kwargs)


def not_too_early(day: date) -> None:
    """Raises ValidationError for a day before anything was."""
    if day < EARLIEST:
        words = _("%(day)s lies before the year 2000. Correct the year.")
        raise ValidationError(words, code="too_early", params={"day": show(day)})


class DayField(forms.DateField):
    """A day, read and refused alike in every form."""

    widget = DayInput
    default_validators = [not_too_early]

    def to_python(self, value: Any) -> date | None:
        if not isinstance(value, str):
            return super().to_python(value)
        try:
            return reading.day(value) if value.strip() else None
        except reading.Unclear as error:
            raise ValidationError(str(error), code="invalid") from error


def day_attributes() -> dict[str, Any]:
    """What the browser is told about such a field."""
    return {
        "data-day": _("Open the calendar"),
        "placeholder": _("dd-mm-yyyy"),
        "inputmode": "numeric",
        "autocomplete": "off",
        "maxlength": 30,
        "size": 11,
    }


def goes_with(name: str, values: Iterable[Any]) -> dict[str, str]:
    """What the browser is told about a field or a choice that only goes with some values of the field `name`:
    with JavaScript it is not offered beside the others."""
    return {"data-when": name, "data-is": " ".join(map(str, values))}


class Fitting(forms.Select):
    """Choices each of which only goes with some values of another field: `fits` says with which."""

    def __init__(self, name: str, fits: Mapping[str, Iterable[Any]]) -> None:
        super().__init__()
        self.name, self.fits = name, fits

    def create_option(self, name: str, value: Any, *rest: Any, **more: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *rest, **more)
        if str(value) in self.fits:
            option["attrs"] |= goes_with(self.name, self.fits[str(value)])
        return option
