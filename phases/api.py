"""The API over states, lines, moves and evidence: the same actions and `visible()` as the pages."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from nudm.core.as_on import asked_day
from nudm.core.paging import if_match, refuse_unknown
from phases.actions import evidence, lines
from phases.models import Citation, Item
from phases.progress import progress_of
from phases.rules import MOVES, Status
from phases.serializers import (
    EvidenceIn,
    EvidenceOut,
    ItemOut,
    MoveIn,
    ProgressOut,
    StateOut,
)
from states.access import visible
from states.models import State

AS_ON = OpenApiParameter("as_on", str, description="dd-mm-yyyy: as it was known at the end of that day")


class States(GenericAPIView[State]):
    """The States/UTs that exist for you."""

    serializer_class = StateOut

    @extend_schema(responses=StateOut(many=True))
    def get(self, request: Request) -> Response:
        refuse_unknown(request, set())
        page = self.paginate_queryset(visible(State, request.user).order_by("name"))
        return self.get_paginated_response(StateOut(page, many=True).data)


class OneState(APIView):
    """A State/UT by its ISO code."""

    @extend_schema(responses=StateOut)
    def get(self, request: Request, iso: str) -> Response:
        refuse_unknown(request, set())
        return Response(StateOut(_state(request, iso)).data)


class StateProgress(APIView):
    """Four stages: status, criteria met, counts, what is shut and why."""

    @extend_schema(responses=ProgressOut, parameters=[AS_ON])
    def get(self, request: Request, iso: str) -> Response:
        refuse_unknown(request, {"as_on"})
        state = _state(request, iso)
        seen = progress_of([state], as_on=asked_day(request))[state.pk]
        stages = [
            {
                "number": stage.number,
                "status": stage.status,
                "met": stage.met,
                "total": stage.total,
                "counts": {status.value: count for status, count in stage.counts.items()},
                "closed_on": stage.closed_on,
                "criteria": [
                    {"code": line.code, "text": line.text.en, "truth": truth.value}
                    for line, truth in stage.criteria
                ],
                "shut": [
                    {
                        "code": b.line.code,
                        "criterion": b.criterion.code,
                        "text": b.line.text.en,
                        "status": b.status.value,
                        "party": b.party.value,
                        "days": b.days,
                    }
                    for b in stage.blockers
                ],
            }
            for stage in seen.stages
        ]
        return Response({"state": state.iso, "stages": stages})


class Items(GenericAPIView[Item]):
    """The lines that have been started, of the States/UTs that exist for you."""

    serializer_class = ItemOut

    @extend_schema(
        responses=ItemOut(many=True),
        parameters=[
            OpenApiParameter("state", str, description="ISO code"),
            OpenApiParameter("stage", int, enum=[1, 2, 3, 4]),
            OpenApiParameter("status", str, enum=[s.value for s in Status]),
        ],
    )
    def get(self, request: Request) -> Response:
        refuse_unknown(request, {"state", "stage", "status"})
        rows = visible(Item, request.user).select_related("state").order_by("pk")
        given = request.query_params
        if "state" in given:
            rows = rows.filter(state__iso=given["state"].upper())
        if "stage" in given:
            if given["stage"] not in {"1", "2", "3", "4"}:
                raise ValidationError({"stage": ["Give 1, 2, 3 or 4."]})
            rows = rows.filter(stage=int(given["stage"]))
        if "status" in given:
            if given["status"] not in set(Status):
                raise ValidationError({"status": [f"Give one of {', '.join(Status)}."]})
            rows = rows.filter(status=given["status"])
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(ItemOut(page, many=True, context={"request": request}).data)


class OneItem(APIView):
    """A line, with an ETag of its version."""

    @extend_schema(responses=ItemOut)
    def get(self, request: Request, pk: int) -> Response:
        refuse_unknown(request, set())
        return _shown(_item(request, pk), request)


class Moves(APIView):
    """Move a line. A stale version is refused with 409 and the stored text."""

    @extend_schema(request=MoveIn, responses=ItemOut)
    def post(self, request: Request, pk: int) -> Response:
        refuse_unknown(request, set())
        item = _item(request, pk)
        if_match(request, item.version)
        given = MoveIn(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        moved = lines.move(
            item,
            _name_of(item, data["to"]),
            version=data["version"],
            by=request.user,
            note=data.get("note", ""),
            reason=data.get("reason", ""),
        )
        return _shown(moved, request)


class ItemEvidence(APIView):
    """The evidence that a line cites; a POST uploads a file and cites it."""

    parser_classes = (MultiPartParser, FormParser)

    @extend_schema(responses=EvidenceOut(many=True))
    def get(self, request: Request, pk: int) -> Response:
        refuse_unknown(request, set())
        item = _item(request, pk)
        cited = visible(Citation, request.user).filter(item=item).select_related("evidence")
        return Response(EvidenceOut([citation.evidence for citation in cited], many=True).data)

    @extend_schema(request={"multipart/form-data": EvidenceIn}, responses={201: EvidenceOut})
    def post(self, request: Request, pk: int) -> Response:
        refuse_unknown(request, set())
        item = _item(request, pk)
        given = EvidenceIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = evidence.upload(item.state, by=request.user, **given.validated_data)
        evidence.cite(item, made, by=request.user)
        return Response(EvidenceOut(made).data, status=201)


def _state(request: Request, iso: str) -> State:
    found: State = get_object_or_404(visible(State, request.user), iso=iso.upper())
    return found


def _item(request: Request, pk: int) -> Item:
    found: Item = get_object_or_404(visible(Item, request.user).select_related("state"), pk=pk)
    return found


def _name_of(item: Item, to: str) -> str:
    """The move's name for a target status: by name, or the one that answers what the line asks."""
    names = [m for m in MOVES if m.source.value == item.status and to in (m.name, m.to.value)]
    named = [m for m in names if m.name == to] or [m for m in names if m.name != "ask_na"] or names
    return named[0].name if named else to


def _shown(item: Item, request: Request) -> Response:
    body: Any = ItemOut(item, context={"request": request}).data
    return Response(body, headers={"ETag": f'W/"{item.version}"'})
