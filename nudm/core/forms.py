"""Forms whose texts are cleaned and bounded, and whose numbers, days and addresses go to the one reader.

Every form of the project derives from `Form` or `ModelForm`; a model's fields become form fields by
`formfield` (`Meta.formfield_callback`, or the argument of that name). `tests/core/test_every_form.py` walks
them all.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from nudm.core import bounds, reading
from nudm.core.addresses import address
from nudm.core.text import line
from nudm.core.widgets import DayField


class Bounded:
    """Adds to a form: one line in a field of one line, and a length for each text."""

    fields: dict[str, forms.Field]
    cleaned_data: dict[str, Any]
    add_error: Any

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data  # type: ignore[misc]
        for name, value in list(data.items()):
            field = self.fields.get(name)
            if not isinstance(field, forms.CharField) or not isinstance(value, str) or is_secret(field):
                continue
            if not is_long(field):
                data[name] = value = line(value)
            if words := bounds.too_long(value, most_of(field)):
                self.add_error(name, words)
        return data


class Form(Bounded, forms.Form):
    """A form of the project."""


class ModelForm(Bounded, forms.ModelForm):
    """A form of the project over a model's fields; give it `formfield_callback = formfield`."""


def is_secret(field: forms.Field) -> bool:
    """Whether what is typed is not to be changed."""
    return isinstance(field.widget, forms.PasswordInput)


def is_long(field: forms.Field) -> bool:
    """Whether a field takes several lines."""
    return isinstance(field.widget, forms.Textarea)


def most_of(field: forms.CharField) -> int:
    """How many letters a field takes."""
    return field.max_length or (bounds.REMARK if is_long(field) else bounds.LINE)


class _Read:
    """A number, typed as text with a keyboard of digits: no wheel and no arrow key changes it."""

    reader: Callable[[str], Any]
    strip = True

    def to_python(self, value: Any) -> Any:
        if value in (None, ""):
            return None
        if not isinstance(value, str):
            return value
        try:
            return type(self).reader(value) if value.strip() else None
        except reading.Unclear as error:
            raise ValidationError(str(error), code="invalid") from error

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"inputmode": "decimal", "autocomplete": "off", "maxlength": reading.LONGEST}


class WholeField(_Read, forms.IntegerField):
    """A count."""

    widget = forms.TextInput
    reader = staticmethod(reading.whole)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return super().widget_attrs(widget) | {"inputmode": "numeric"}


class CodeField(WholeField):
    """A code of digits, such as the LGD's."""

    reader = staticmethod(reading.number_code)


class AmountField(_Read, forms.DecimalField):
    """A number that may have decimals, shown without the noughts that the database puts behind it."""

    widget = forms.TextInput
    reader = staticmethod(reading.amount)

    def prepare_value(self, value: Any) -> Any:
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value


class CountField(AmountField):
    """A number of a column that holds decimals, too, which is whole by what it counts."""

    reader = staticmethod(lambda text: Decimal(reading.whole(text)))


class ShareField(AmountField):
    """A number in per cent; the sign may be typed."""

    reader = staticmethod(reading.share)


class AddressField(forms.EmailField):
    """An e-mail address, as mail is sent to it (`nudm.core.addresses`)."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        try:
            return address(text) if text else text
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from error


# What a field of a model becomes in a form; the first that fits.
FIELDS: "tuple[tuple[type[models.Field[Any, Any]], type[forms.Field]], ...]" = (
    (models.DateField, DayField),
    (models.EmailField, AddressField),
    (models.DecimalField, AmountField),
    (models.IntegerField, WholeField),
)
CODES = frozenset({"lgd_code"})


def formfield(field: "models.Field[Any, Any]", **kwargs: Any) -> forms.Field | None:
    """The form field of a model's field: days, numbers and addresses by the one reader, texts with a
    bound."""
    if isinstance(field, models.DateTimeField) or field.choices:
        return field.formfield(**kwargs)
    for kind, made in FIELDS:
        if isinstance(field, kind):
            kwargs.setdefault("form_class", CodeField if field.name in CODES else made)
            kwargs.pop("widget", None)
    found = field.formfield(**kwargs)
    if isinstance(found, forms.CharField) and found.max_length is None and is_long(found):
        found.max_length = bounds.REMARK
    return found


def bound_attributes(field: forms.Field) -> dict[str, Any]:
    """What the browser is told about a text: how many letters it takes, for the page to count them down. It
    is no `maxlength`, which would cut a pasted text without a word."""
    if not isinstance(field, forms.CharField) or is_secret(field):
        return {}
    return {"maxlength": False} | counted(most_of(field))


def counted(most: int) -> dict[str, Any]:
    """How many letters a text takes, and the words in which the page counts them down
    (`static/js/app.js`)."""
    return {"data-most": most, "data-left": _("%(n)s letters left"), "data-over": _("%(n)s letters too long")}
