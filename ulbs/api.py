"""The API over ULBs and their modules."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from nudm.core.api_fields import OF_MODELS, Whole
from nudm.core.as_on import asked_day
from nudm.core.inputs import Declared
from nudm.core.numbers import number
from nudm.core.paging import AS_ON, etag, if_match, refuse_unknown
from states.access import powers, visible
from states.past import visible_on
from ulbs.actions.rollout import may_not, save_cell, settable
from ulbs.catalogue import modules
from ulbs.matrix import at_step
from ulbs.models import STEP_LABELS, Deployment, Exclusion, Ulb
from ulbs.past import seen_on, with_cells
from ulbs.rules.asking import ORDER
from ulbs.rules.cells import DECIDES, Step


class DeploymentOut(serializers.ModelSerializer):
    step = serializers.ChoiceField(choices=list(STEP_LABELS.items()))

    class Meta:
        model = Deployment
        fields = (
            "module", "step", "in_scope", "master_data", "started_on", "validated_on", "configured_on",
            "uat_planned_on", "uat_signed_on", "defects", "enhancements", "clarifications", "trained_on",
            "live_on", "live_url", "withdrawn_on", "withdrawn_reason", "override_reason", "version",
        )  # fmt: skip


class DeploymentRow(DeploymentOut):
    """A module with the ULB that it is in."""

    state = serializers.CharField(source="state.iso")
    lgd_code = serializers.IntegerField(source="ulb.lgd_code")

    class Meta:
        model = Deployment
        fields = ("state", "lgd_code", *DeploymentOut.Meta.fields)


class MilestoneIn(Declared, serializers.ModelSerializer):
    """A module and what is to change in it; `version` as it was read, 0 for one that is not planned yet."""

    serializer_field_mapping = OF_MODELS
    version = Whole(min_value=0)

    class Meta:
        model = Deployment
        fields = ("module", "version", *sorted(DECIDES))


class UlbOut(serializers.ModelSerializer):
    state = serializers.CharField(source="state.iso")
    batch = serializers.IntegerField(source="batch.number", default=None, allow_null=True)
    population_class = serializers.CharField()
    aliases = serializers.SlugRelatedField("name", many=True, read_only=True)
    modules = DeploymentOut(source="deployments", many=True)

    class Meta:
        model = Ulb
        fields = (
            "lgd_code", "lgd_version", "provisional", "state", "name", "name_local", "aliases", "type_code",
            "type_label", "district", "census_code", "population", "population_class", "tenant_code", "kind",
            "pilot", "in_scope", "scope_reason", "scope_on", "batch", "ended", "ended_on",
            "data_started_on", "data_validated_on",
            "uat_planned_on", "uat_signed_on", "trained_on", "live_on", "modules_planned", "modules_live",
            "version", "modules",
        )  # fmt: skip


class UlbThen(UlbOut):
    """The same as it was known on a day."""

    aliases = serializers.ListField(source="other_names", child=serializers.CharField())
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
        rows = visible(Ulb, request.user).select_related("state", "batch")
        rows = rows.prefetch_related("deployments", "aliases")
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
        wanted["batch__number"] = number(given["batch"], -1)
        if wanted["batch__number"] < 0:
            raise ValidationError({"batch": ["Give a batch number."]})
    return wanted


def _fits(ulb: Ulb, wanted: Mapping[str, Any]) -> bool:
    """The same filters for a row of the past."""
    is_ = {"state__iso": ulb.state.iso, "pilot": ulb.pilot}
    is_["batch__number"] = ulb.batch.number if ulb.batch is not None else None
    return all(is_[path] == value for path, value in wanted.items())


class OneUlb(APIView):
    """A ULB by its LGD code."""

    @extend_schema(responses=UlbOut, parameters=[AS_ON])
    def get(self, request: Request, lgd_code: int) -> Response:
        refuse_unknown(request, {"as_on"})
        day = asked_day(request)
        if day is not None:
            [ulb] = with_cells([_ulb_on(request, lgd_code, day)], day)
            return Response(UlbThen(ulb).data)
        rows = visible(Ulb, request.user).select_related("state", "batch")
        ulb = get_object_or_404(rows, lgd_code=lgd_code)
        return Response(UlbOut(ulb).data, headers=etag(ulb.version))


class Milestones(GenericAPIView[Deployment]):
    """The modules of a ULB with their facts and steps; a POST changes one of them."""

    # A form cannot leave a yes/no field out: what it does not send would be taken for no.
    parser_classes = (JSONParser,)
    serializer_class = DeploymentOut

    @extend_schema(responses=DeploymentOut(many=True), parameters=[AS_ON])
    def get(self, request: Request, lgd_code: int) -> Response:
        refuse_unknown(request, {"as_on"})
        day = asked_day(request)
        if day is not None:
            [ulb] = with_cells([_ulb_on(request, lgd_code, day)], day)
            cells: Any = ulb.cells  # type: ignore[attr-defined]
        else:
            cells = visible(Deployment, request.user).filter(ulb=_ulb(request, lgd_code))
        return self.get_paginated_response(DeploymentOut(self.paginate_queryset(cells), many=True).data)

    @extend_schema(
        request=MilestoneIn,
        responses={
            200: DeploymentOut,
            202: OpenApiResponse(
                DeploymentOut,
                description="The centre is asked, and the module stays as it was until it agrees: after "
                "Stage 1 was closed this takes it out of a count. Send the reason in `withdrawn_reason`.",
            ),
        },
    )
    def post(self, request: Request, lgd_code: int) -> Response:
        refuse_unknown(request, set())
        ulb = _ulb(request, lgd_code)
        if not settable(powers(request.user, ulb.state)):
            raise may_not()
        given = MilestoneIn(data=request.data)
        given.is_valid(raise_exception=True)
        changes = dict(given.validated_data)
        module, version = changes.pop("module"), changes.pop("version")
        if_match(request, version)
        saved = save_cell(ulb, module, changes, version=version, by=request.user)
        waiting = visible(Exclusion, request.user).filter(ulb=ulb, module=module, status="asked").exists()
        status = 202 if waiting and saved.version == version else 200
        return Response(DeploymentOut(saved).data, status=status, headers=etag(saved.version))


class Deployments(GenericAPIView[Deployment]):
    """Modules in ULBs, of the States/UTs that exist for you."""

    serializer_class = DeploymentRow

    @extend_schema(
        responses=DeploymentRow(many=True),
        parameters=[
            OpenApiParameter("state", str, description="ISO code"),
            OpenApiParameter("module", str, enum=list(modules())),
            OpenApiParameter("step", str, enum=[step.value for step in Step]),
            AS_ON,
        ],
    )
    def get(self, request: Request) -> Response:
        refuse_unknown(request, {"state", "module", "step", "as_on"})
        given, day = request.query_params, asked_day(request)
        if day is not None:
            page = self.paginate_queryset(_cells_on(request, day))
            return self.get_paginated_response(DeploymentRow(page or (), many=True).data)
        rows = visible(Deployment, request.user).select_related("state", "ulb")
        if "state" in given:
            rows = rows.filter(state__iso=given["state"].upper())
        if "module" in given:
            rows = rows.filter(module=_one_of("module", given["module"], list(modules())))
        if "step" in given:
            rows = at_step(rows, [ORDER.index(Step(_one_of("step", given["step"], [*Step])))])
        page = self.paginate_queryset(rows.order_by("pk"))
        return self.get_paginated_response(DeploymentRow(page, many=True).data)


def _cells_on(request: Request, day: date) -> list[Deployment]:
    """The cells asked for as they were known then, each with its ULB."""
    given = request.query_params
    ulbs = {ulb.pk: ulb for ulb in seen_on(request.user, day)}
    module = _one_of("module", given["module"], list(modules())) if "module" in given else None
    step = _one_of("step", given["step"], [*Step]) if "step" in given else None
    iso, found = given.get("state", "").upper(), []
    for cell in visible_on(Deployment, request.user, day):
        ulb = ulbs.get(cell.ulb_id)
        if ulb is None or iso not in {"", ulb.state.iso}:
            continue
        if module in {None, cell.module} and step in {None, cell.step}:
            cell.ulb, cell.state = ulb, ulb.state
            found.append(cell)
    return sorted(found, key=lambda cell: cell.pk)


def _ulb_on(request: Request, lgd_code: int, day: date) -> Ulb:
    """The ULB as it was known then. Raises Http404 for one that was not there."""
    for ulb in seen_on(request.user, day):
        if ulb.lgd_code == lgd_code:
            return ulb
    raise Http404


def _ulb(request: Request, lgd_code: int) -> Ulb:
    found: Ulb = get_object_or_404(visible(Ulb, request.user).select_related("state"), lgd_code=lgd_code)
    return found


def _one_of(name: str, value: str, known: list[str]) -> str:
    if value not in known:
        raise ValidationError({name: [f"Give one of {', '.join(known)}."]})
    return value
