"""The API over ULBs."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from nudm.core.paging import refuse_unknown
from states.access import visible
from ulbs.models import Deployment, Ulb


class DeploymentOut(serializers.ModelSerializer):
    step = serializers.CharField()

    class Meta:
        model = Deployment
        fields = (
            "module", "step", "in_scope", "master_data", "started_on", "validated_on", "configured_on",
            "uat_planned_on", "uat_signed_on", "defects", "enhancements", "clarifications", "trained_on",
            "live_on", "live_url", "withdrawn_on", "withdrawn_reason", "override_reason", "version",
        )  # fmt: skip


class UlbOut(serializers.ModelSerializer):
    state = serializers.CharField(source="state.iso")
    batch = serializers.IntegerField(source="batch.number", default=None, allow_null=True)
    modules = DeploymentOut(source="deployments", many=True)

    class Meta:
        model = Ulb
        fields = (
            "lgd_code", "state", "name", "name_local", "type_code", "district", "kind", "pilot",
            "in_scope", "scope_reason", "batch", "ended", "ended_on", "data_started_on", "data_validated_on",
            "uat_planned_on", "uat_signed_on", "trained_on", "live_on", "modules_planned", "modules_live",
            "version", "modules",
        )  # fmt: skip


class Ulbs(GenericAPIView[Ulb]):
    """The ULBs that exist for you."""

    serializer_class = UlbOut

    @extend_schema(
        responses=UlbOut(many=True),
        parameters=[
            OpenApiParameter("state", str, description="ISO code"),
            OpenApiParameter("pilot", bool),
            OpenApiParameter("batch", int),
        ],
    )
    def get(self, request: Request) -> Response:
        refuse_unknown(request, {"state", "pilot", "batch"})
        given = request.query_params
        rows = visible(Ulb, request.user).select_related("state", "batch").prefetch_related("deployments")
        if "state" in given:
            rows = rows.filter(state__iso=given["state"].upper())
        if "pilot" in given:
            if given["pilot"] not in {"true", "false"}:
                raise ValidationError({"pilot": ["Give true or false."]})
            rows = rows.filter(pilot=given["pilot"] == "true")
        if "batch" in given:
            if not given["batch"].isdigit():
                raise ValidationError({"batch": ["Give a batch number."]})
            rows = rows.filter(batch__number=int(given["batch"][:4]))
        page = self.paginate_queryset(rows.order_by("lgd_code"))
        return self.get_paginated_response(UlbOut(page, many=True).data)


class OneUlb(APIView):
    """A ULB by its LGD code."""

    @extend_schema(responses=UlbOut)
    def get(self, request: Request, lgd_code: int) -> Response:
        refuse_unknown(request, set())
        rows = visible(Ulb, request.user).select_related("state", "batch")
        return Response(UlbOut(get_object_or_404(rows, lgd_code=lgd_code)).data)
