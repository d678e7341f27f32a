"""Fields of forms that every app draws alike."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class DayInput(forms.DateInput):
    """A day as officers write it, dd-mm-yyyy, whatever the browser's own language; with JavaScript a button
    beside it opens the browser's calendar. Other spellings are read too (`DATE_INPUT_FORMATS`)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%d-%m-%Y", attrs=day_attributes() | kwargs.pop("attrs", {}), **kwargs)


def day_attributes() -> dict[str, Any]:
    """What the browser is told about such a field."""
    return {
        "data-day": _("Open the calendar"),
        "placeholder": _("dd-mm-yyyy"),
        "inputmode": "numeric",
        "autocomplete": "off",
        "maxlength": 10,
        "size": 11,
    }
