"""The API over reports."""

from typing import Any

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from nudm.core.api_fields import Code, Day, Line, Month
from nudm.core.inputs import Declared
from nudm.core.paging import refuse_unknown
from nudm.core.ring import ring
from nudm.core.tasks import run_job
from reports.actions import reports as actions
from reports.actions.reports import NATIONAL, Asked
from reports.models import Report
from states.access import visible
from states.actions import record as log
from states.models import State


class ReportOut(serializers.ModelSerializer):
    state = serializers.CharField(source="state.iso", default=None, allow_null=True)
    withdrawn_at = serializers.DateTimeField(
        source="closure.undone_at",
        default=None,
        allow_null=True,
        help_text="Of a certificate whose stage's closure was undone.",
    )

    class Meta:
        model = Report
        fields = (
            "id",
            "kind",
            "state",
            "language",
            "period",
            "month",
            "number",
            "code",
            "as_on",
            "digest",
            "asked_at",
            "made_at",
            "failed",
            "withdrawn_at",
        )


class ReportIn(Declared):
    kind = serializers.ChoiceField(choices=Report.Kind.values)
    state = Code(required=False, max_length=2, help_text="ISO code; none for a national one")
    language = serializers.ChoiceField(choices=["en", "hi"], default="en")
    month = Month(required=False, help_text="2026-10, for kind mpr")
    reason = Line(required=False, max_length=300, help_text="what a new version corrects")
    as_on = Day(
        required=False,
        help_text="dd-mm-yyyy: as it was known at the end of that day; today without",
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if (data["kind"] in NATIONAL) == ("state" in data):
            raise serializers.ValidationError(
                {"state": ["Give the State/UT of the report, and none for a national one."]}
            )
        if data["kind"] == "mpr" and "month" not in data:
            raise serializers.ValidationError({"month": ["Give the month as YYYY-MM."]})
        if data["kind"] in {"charge", "certificate"}:
            raise serializers.ValidationError({"kind": ["This report is asked for on its page."]})
        return data


class Reports(GenericAPIView[Report]):
    """Reports that exist for you; a POST promises one."""

    serializer_class = ReportOut

    @extend_schema(responses=ReportOut(many=True))
    def get(self, request: Request) -> Response:
        refuse_unknown(request, set())
        page = self.paginate_queryset(visible(Report, request.user).select_related("state", "closure"))
        return self.get_paginated_response(ReportOut(page, many=True).data)

    @extend_schema(request=ReportIn, responses={202: ReportOut})
    def post(self, request: Request) -> Response:
        refuse_unknown(request, set())
        given = ReportIn(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        iso = data.get("state")
        state = get_object_or_404(visible(State, request.user), iso=iso.upper()) if iso else None
        with transaction.atomic():
            asked = Asked(
                data["kind"],
                state,
                data["language"],
                month=data.get("month"),
                reason=data.get("reason", ""),
                as_on=data.get("as_on"),
            )
            report, job = actions.ask(asked, by=request.user)
            transaction.on_commit(lambda: ring(run_job, job.pk))
        return Response(ReportOut(report).data, status=202)


class ReportFile(APIView):
    """A finished report: the PDF, or another form of it."""

    @extend_schema(
        parameters=[OpenApiParameter("form", str, enum=sorted(actions.TYPES))],
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        refuse_unknown(request, {"form"})
        form = request.query_params.get("form", "pdf")
        if form not in actions.TYPES:
            raise serializers.ValidationError({"form": [f"Give one of {', '.join(actions.TYPES)}."]})
        row = get_object_or_404(visible(Report, request.user).select_related("state", "closure"), pk=pk)
        if row.made_at is None:
            raise Http404
        try:
            answer = HttpResponse(actions.written(row, form), content_type=actions.TYPES[form])
        except FileNotFoundError as error:
            raise Http404 from error
        log("report.download", by=request.user, state=row.state, target=row, form=form)
        answer["Content-Disposition"] = f'attachment; filename="{actions.file_name(row, form)}"'
        return answer
