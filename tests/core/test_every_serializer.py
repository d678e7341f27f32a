"""Everything that a program may send is cleaned and bounded, and read as a page reads it."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from rest_framework import serializers

from nudm import api_urls
from nudm.core import api_fields, bounds
from phases.serializers import EvidenceIn, MoveIn
from reports.api import ReportIn
from ulbs.api import MilestoneIn
from ulbs.api_figures import FigureIn, FiguresIn

pytestmark = pytest.mark.once
SENT: tuple[Any, ...] = (MoveIn, EvidenceIn, ReportIn, MilestoneIn, FigureIn, FiguresIn)


def test_all_that_is_sent_is_named_here() -> None:
    assert api_urls.urlpatterns

    def below(kind: Any) -> Iterator[Any]:
        for made in kind.__subclasses__():
            yield made
            yield from below(made)

    ours = {
        m
        for m in below(serializers.BaseSerializer)
        if m.__name__.endswith("In") and "rest_framework" not in m.__module__
    }
    assert ours == set(SENT)


@pytest.mark.django_db
@pytest.mark.parametrize("made", SENT, ids=lambda made: made.__name__)
def test_its_texts_are_cleaned_and_bounded_and_its_numbers_and_days_are_read_by_the_one_reader(
    made: Any,
) -> None:
    for name, field in made().fields.items():
        if isinstance(field, serializers.URLField | serializers.ChoiceField | serializers.BooleanField):
            continue
        if isinstance(field, serializers.CharField):
            assert isinstance(field, api_fields.Line | api_fields.LongText), name
            assert field.max_length is not None and field.max_length <= bounds.REMARK, name
        elif isinstance(field, serializers.IntegerField):
            assert isinstance(field, api_fields.Whole | api_fields.CodeNumber), name
        elif isinstance(field, serializers.DecimalField):
            assert isinstance(field, api_fields.Amount), name
        elif isinstance(field, serializers.DateField):
            assert isinstance(field, api_fields.Day), name


@pytest.mark.parametrize(
    ("field", "sent", "value"),
    [
        (api_fields.Line(), "Receipt prints\x0bblank\x00 page", "Receipt prints blank page"),
        (api_fields.LongText(), "a\ud800\r\nb\u202e", "a\nb"),
        (api_fields.Day(), "०५-११-२०२६", date(2026, 11, 5)),
        (api_fields.Day(), "2026-11-05", date(2026, 11, 5)),
        (api_fields.Month(), "2026-10", date(2026, 10, 1)),
        (api_fields.Whole(), "1,20,000", 120000),
        (api_fields.CodeNumber(), "\u200f248056", 248056),
        (api_fields.Amount(max_digits=14, decimal_places=2), "1,20,000.50", Decimal("120000.50")),
        (api_fields.Amount(max_digits=14, decimal_places=2), 12.5, Decimal("12.5")),
    ],
)
def test_a_field_reads_what_programs_and_people_send(field: Any, sent: Any, value: Any) -> None:
    assert field.run_validation(sent) == value


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        (api_fields.LongText(), "x" * (bounds.REMARK + 1)),
        (api_fields.Line(), "x" * (bounds.LINE + 1)),
        (api_fields.Day(), "11/30/2026"),
        (api_fields.Day(), "05-11-1926"),
        (api_fields.Month(), "10/03/2026"),
        (api_fields.Month(), 202610),
        (api_fields.Whole(), "12.5"),
        (api_fields.Amount(max_digits=14, decimal_places=2), "1.20.000"),
    ],
)
def test_a_field_refuses_what_is_not_certain(field: Any, sent: Any) -> None:
    with pytest.raises(serializers.ValidationError):
        field.run_validation(sent)
