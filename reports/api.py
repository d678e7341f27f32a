"""The API over reports."""

from typing import Any

from django.db import transaction
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from nudm.core.paging import refuse_unknown
from nudm.core.ring import ring
from nudm.core.tasks import run_job
from reports import actions
from reports.models import Report
from states.access import visible
from states.actions import record as log
from states.models import State


class ReportOut(serializers.ModelSerializer):
    state = serializers.CharField(source="state.iso", default=None, allow_null=True)

    class Meta:
        model = Report
        fields = (
            "id",
            "kind",
            "state",
            "language",
            "period",
            "as_on",
            "digest",
            "asked_at",
            "made_at",
            "failed",
        )


class ReportIn(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=Report.Kind.values)
    state = serializers.CharField(required=False, max_length=2, help_text="ISO code, for kind progress")
    language = serializers.ChoiceField(choices=["en", "hi"], default="en")

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if (data["kind"] == "progress") != ("state" in data):
            raise serializers.ValidationError(
                {"state": ["Give the State/UT of a progress report, and none for the national summary."]}
            )
        return data


class Reports(GenericAPIView[Report]):
    """Reports that exist for you; a POST promises one."""

    serializer_class = ReportOut

    @extend_schema(responses=ReportOut(many=True))
    def get(self, request: Request) -> Response:
        refuse_unknown(request, set())
        page = self.paginate_queryset(visible(Report, request.user).select_related("state"))
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
            report, job = actions.ask(data["kind"], state, data["language"], by=request.user)
            transaction.on_commit(lambda: ring(run_job, job.pk))
        return Response(ReportOut(report).data, status=202)


class ReportFile(APIView):
    """The PDF of a finished report."""

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int) -> FileResponse:
        refuse_unknown(request, set())
        row = get_object_or_404(visible(Report, request.user).select_related("state"), pk=pk)
        if row.made_at is None:
            raise Http404
        log("report.download", by=request.user, state=row.state, target=row)
        return FileResponse(row.file.open("rb"), as_attachment=True, filename=actions.file_name(row))
