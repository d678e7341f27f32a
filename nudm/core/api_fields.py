"""Fields of the API's requests: texts cleaned and bounded, numbers, days and months by the one reader.

Serializers of what is sent take these; `tests/core/test_every_serializer.py` walks them all.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from nudm.core import bounds, reading
from nudm.core.earliest import EARLIEST
from nudm.core.text import line, long


class Line(serializers.CharField):
    """A text of one line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": bounds.LINE} | kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return super().run_validation(line(data) if isinstance(data, str) else data)


class LongText(serializers.CharField):
    """A text of several lines."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": bounds.REMARK} | kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return super().run_validation(long(data) if isinstance(data, str) else data)


class Code(Line):
    """A code: in plain signs, without what is not shown."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return super().run_validation(reading.code(data) if isinstance(data, str) else data)


def _read(reader: Callable[[str], Any], data: Any) -> Any:
    try:
        return reader(data)
    except reading.Unclear as error:
        raise serializers.ValidationError(str(error)) from error


class Day(serializers.DateField):
    """A day, as a page reads it."""

    def to_internal_value(self, value: Any) -> date:
        day: date = _read(reading.day, value) if isinstance(value, str) else super().to_internal_value(value)
        if day < EARLIEST:
            raise serializers.ValidationError(_("The day lies before the year 2000. Correct the year."))
        return day


@extend_schema_field({"type": "string", "pattern": r"^\d{4}-\d{2}$", "example": "2026-10"})
class Month(serializers.Field[Any, Any, Any, Any]):
    """A month, as its first day."""

    def to_internal_value(self, data: Any) -> date:
        if not isinstance(data, str):
            raise serializers.ValidationError(_("Give a month as 2026-10."))
        month: date = _read(reading.month, data)
        return month

    def to_representation(self, value: Any) -> str:
        return f"{value:%Y-%m}"


class Whole(serializers.IntegerField):
    """A whole number, as a number or as text."""

    def to_internal_value(self, data: Any) -> int:
        value: int = _read(reading.whole, data) if isinstance(data, str) else super().to_internal_value(data)
        return value


class CodeNumber(serializers.IntegerField):
    """A code of digits, as a number or as text."""

    def to_internal_value(self, data: Any) -> int:
        value = _read(reading.number_code, data) if isinstance(data, str) else data
        return int(super().to_internal_value(value))


class Amount(serializers.DecimalField):
    """A number that may have decimals, as a number or as text."""

    def to_internal_value(self, data: Any) -> Decimal:
        value = _read(reading.amount, data) if isinstance(data, str) else data
        return Decimal(super().to_internal_value(value))


# What the fields of a model become in what is sent.
OF_MODELS: dict[Any, Any] = serializers.ModelSerializer.serializer_field_mapping | {
    models.CharField: Line,
    models.TextField: LongText,
    models.DateField: Day,
    models.IntegerField: Whole,
    models.PositiveIntegerField: Whole,
    models.PositiveSmallIntegerField: Whole,
    models.SmallIntegerField: Whole,
    models.DecimalField: Amount,
}
