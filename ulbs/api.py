"""The API over ULBs."""

from collections.abc import Mapping
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from nudm.core.as_on import asked_day
from nudm.core.paging import AS_ON, refuse_unknown
from states.access import visible
from ulbs.models import Deployment, Ulb
from ulbs.past import seen_on, with_cells


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


class UlbThen(UlbOut):
    """The same as it was known on a day."""

    modules = DeploymentOut(source="cells", many=True)


class Ulbs(GenericAPIView[Ulb]):
    """The ULBs that exist for you."""

    serializer_class = UlbOut

    @extend_schema(
        responses=UlbOut(many=True),
        parameters=[
            OpenApiParameter("state", str, description="ISO code"),
            OpenApiParameter("pilot", bool),
            OpenApiParameter("batch", int),
            AS_ON,
        ],
    )
    def get(self, request: Request) -> Response:
        refuse_unknown(request, {"state", "pilot", "batch", "as_on"})
        wanted = _wanted(request.query_params)
        day = asked_day(request)
        if day is not None:
            known = [ulb for ulb in seen_on(request.user, day) if _fits(ulb, wanted)]
            page = with_cells(self.paginate_queryset(known) or (), day)
            return self.get_paginated_response(UlbThen(page, many=True).data)
        rows = visible(Ulb, request.user).select_related("state", "batch").prefetch_related("deployments")
        page = self.paginate_queryset(rows.filter(**wanted).order_by("lgd_code"))
        return self.get_paginated_response(UlbOut(page, many=True).data)


def _wanted(given: Mapping[str, str]) -> dict[str, Any]:
    """The filters, by the paths of what they look at."""
    wanted: dict[str, Any] = {}
    if "state" in given:
        wanted["state__iso"] = given["state"].upper()
    if "pilot" in given:
        if given["pilot"] not in {"true", "false"}:
            raise ValidationError({"pilot": ["Give true or false."]})
        wanted["pilot"] = given["pilot"] == "true"
    if "batch" in given:
        if not given["batch"].isdigit():
            raise ValidationError({"batch": ["Give a batch number."]})
        wanted["batch__number"] = int(given["batch"][:4])
    return wanted


def _fits(ulb: Ulb, wanted: Mapping[str, Any]) -> bool:
    """The same filters for a row of the past."""
    is_ = {"state__iso": ulb.state.iso, "pilot": ulb.pilot}
    is_["batch__number"] = ulb.batch.number if ulb.batch is not None else None
    return all(is_[path] == value for path, value in wanted.items())


class OneUlb(APIView):
    """A ULB by its LGD code."""

    @extend_schema(responses=UlbOut)
    def get(self, request: Request, lgd_code: int) -> Response:
        refuse_unknown(request, set())
        rows = visible(Ulb, request.user).select_related("state", "batch")
        return Response(UlbOut(get_object_or_404(rows, lgd_code=lgd_code)).data)
