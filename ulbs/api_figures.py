"""The API over monthly figures, and the national dashboard's record."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from nudm.core import reading
from nudm.core.api_fields import Amount, Code, CodeNumber, Line, Month
from nudm.core.as_on import asked_day, read_day
from nudm.core.dates import today
from nudm.core.earliest import EARLIEST
from nudm.core.inputs import Declared
from nudm.core.numbers import number
from nudm.core.paging import AS_ON, refuse_unknown
from states.access import visible
from states.models import State
from states.past import made, visible_lines
from ulbs.actions.figures import Given, save_figures
from ulbs.models import Figure, Ulb
from ulbs.national import records
from ulbs.past import seen_on
from ulbs.rules.common import BATCH
from ulbs.rules.months import counts_from

MOST = 500
DATED = (
    "dd-MM-yyyy: the record as it was known at the end of that day; today where none is given. The same as "
    "`as_on`: two that differ are refused."
)
OWN = "LGD code; none for the State/UT's own figure, or its total in place of the sum over its ULBs"


class FigureOut(serializers.ModelSerializer):
    state = serializers.CharField(source="state.iso")
    ulb = serializers.IntegerField(source="ulb.lgd_code", default=None, allow_null=True)
    month = serializers.DateField(format="%Y-%m", allow_null=True)
    counted = serializers.SerializerMethodField(
        help_text="Whether it counts for the State/UT: not of a ULB out of scope or ended, nor of a month "
        "before its go-live; such a figure is kept"
    )

    class Meta:
        model = Figure
        fields = ("state", "ulb", "metric", "purpose", "month", "value", "counted", "source", "at")

    def get_counted(self, figure: Figure) -> bool:
        if figure.ulb is None or figure.month is None:
            return figure.ulb is None or figure.ulb.counts
        first = counts_from(figure.ulb)
        return first is not None and figure.month >= first


class FigureIn(Declared):
    ulb = CodeNumber(required=False, allow_null=True, help_text=OWN)
    metric = Code(max_length=25)
    purpose = serializers.ChoiceField(choices=Figure.Purpose.values, default="actual")
    month = Month(required=False, allow_null=True, help_text="2026-10")
    value = Amount(max_digits=14, decimal_places=2, allow_null=True)


class FiguresIn(Declared):
    state = Code(max_length=2, help_text="ISO code")
    figures = FigureIn(many=True, max_length=MOST, allow_empty=False)
    sure = Line(
        required=False,
        allow_blank=True,
        max_length=300,
        help_text="Why figures that look impossible are right; without it they are refused (code `doubtful`)",
    )


class SavedOut(serializers.Serializer[Any]):
    saved = serializers.IntegerField()


class Figures(GenericAPIView[Figure]):
    """Monthly figures, baselines and targets that exist for you, each as it was given; a POST writes up to
    500, all or none. Where the State/UT gave its own total of a month (`ulb` null), that stands for it in
    place of the sum over its ULBs."""

    serializer_class = FigureOut

    @extend_schema(
        responses=FigureOut(many=True),
        parameters=[
            OpenApiParameter("state", str, description="ISO code"),
            OpenApiParameter("ulb", int, description="LGD code"),
            OpenApiParameter("metric", str),
            OpenApiParameter("month", str, description="2026-10"),
            AS_ON,
        ],
    )
    def get(self, request: Request) -> Response:
        refuse_unknown(request, {"state", "ulb", "metric", "month", "as_on"})
        given, day = request.query_params, asked_day(request)
        if day is not None:
            return self._on(request, day)
        rows = visible(Figure, request.user).select_related("state", "ulb")
        if "state" in given:
            rows = rows.filter(state__iso=given["state"].upper())
        if "ulb" in given:
            rows = rows.filter(ulb__lgd_code=_number(given["ulb"]))
        if "metric" in given:
            rows = rows.filter(metric=given["metric"])
        if "month" in given:
            rows = rows.filter(month=_month(given["month"]))
        page = self.paginate_queryset(rows.order_by("state", "pk"))
        return self.get_paginated_response(FigureOut(page, many=True).data)

    def _on(self, request: Request, day: date) -> Response:
        """What was known at the end of a past day; the database filters and pages what was kept."""
        given, ulbs = request.query_params, {ulb.pk: ulb for ulb in seen_on(request.user, day)}
        lines = visible_lines(Figure, request.user, day)
        if "state" in given:
            lines = lines.filter(state__iso=given["state"].upper())
        if "ulb" in given:
            code = _number(given["ulb"])
            lines = lines.filter(data__ulb_id__in=[u.pk for u in ulbs.values() if u.lgd_code == code])
        if "metric" in given:
            lines = lines.filter(data__metric=given["metric"])
        if "month" in given:
            lines = lines.filter(data__month=_month(given["month"]).isoformat())
        rows = made(Figure, self.paginate_queryset(lines.order_by("state", "row")) or ())
        states = visible(State, request.user).in_bulk({row.state_id for row in rows})
        for row in rows:
            row.ulb = ulbs.get(row.ulb_id or 0)
            row.state = states.get(row.state_id) or row.ulb.state  # type: ignore[union-attr]
        return self.get_paginated_response(FigureOut(rows, many=True).data)

    @extend_schema(request=FiguresIn, responses=SavedOut)
    def post(self, request: Request) -> Response:
        refuse_unknown(request, set())
        form = FiguresIn(data=request.data)
        form.is_valid(raise_exception=True)
        data = form.validated_data
        codes = {row["ulb"] for row in data["figures"] if row.get("ulb") is not None}
        towns = visible(Ulb, request.user).filter(state__iso=data["state"].upper(), lgd_code__in=codes)
        known = dict(towns.values_list("lgd_code", "pk"))
        states = visible(State, request.user)
        own = towns.select_related("state").first()
        state = own.state if own is not None else get_object_or_404(states, iso=data["state"].upper())
        given = [_given(row, known) for row in data["figures"]]
        sure = data.get("sure", "")
        return Response({"saved": save_figures(state, given, by=request.user, source="api", sure=sure)})


def _given(row: dict[str, Any], known: dict[int, int]) -> Given:
    value: Decimal | None = row["value"]
    ulb = None if row.get("ulb") is None else known.get(row["ulb"], -1)
    return Given(row["metric"], value, ulb, row["purpose"], row.get("month"))


def _number(text: str) -> int:
    try:
        return reading.number_code(text)
    except reading.Unclear as error:
        raise ValidationError({"ulb": [str(error)]}) from error


def _month(text: str) -> date:
    try:
        return reading.month(text)
    except reading.Unclear as error:
        raise ValidationError({"month": [str(error)]}) from error


class NationalCommon(APIView):
    """The record COMMON of each State/UT that exists for you, as the national dashboard ingests it: at most
    50 in a batch, dated dd-MM-yyyy."""

    @extend_schema(
        parameters=[
            OpenApiParameter("date", str, description=DATED),
            OpenApiParameter("batch", int, description="from 1"),
            AS_ON,
        ],
        responses={200: dict[str, Any]},
    )
    def get(self, request: Request) -> Response:
        refuse_unknown(request, {"date", "batch", "as_on"})
        day = _dated(request)
        known = day if day < today() else None
        batch = number(request.query_params.get("batch", "1"))
        if not 1 <= batch <= 100:
            raise ValidationError({"batch": ["Give the number of a batch, from 1."]})
        start = (batch - 1) * BATCH
        states = visible(State, request.user).order_by("lgd_code")[start : start + BATCH]
        return Response({"Data": records(states, day, as_on=known), "batch": batch, "size": BATCH})


def _dated(request: Request) -> date:
    """The day of which a record is, by `date` or `as_on`: what is counted and what it is dated are one."""
    asked, text = read_day(request.query_params.get("as_on", "")), request.query_params.get("date", "")
    if not text:
        return asked or today()
    try:
        day = reading.day(text)
    except reading.Unclear as error:
        raise ValidationError({"date": [str(error)]}) from error
    if day > today():
        raise ValidationError({"date": ["The day lies in the future."]})
    if day < EARLIEST:
        raise ValidationError({"date": ["The day lies before the year 2000."]})
    if asked and asked != day:
        raise ValidationError({"date": ["Give the same day as in as_on, or one of the two."]})
    return day
