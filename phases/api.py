"""The API over states, lines, moves and evidence: the same actions and `visible()` as the pages."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import prefetch_related_objects
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from nudm.core.arrival import FileStatus
from nudm.core.as_on import asked_day
from nudm.core.paging import AS_ON, if_match, refuse_unknown
from nudm.core.problems import refusal
from phases.actions import evidence, lines
from phases.models import Citation, Item
from phases.progress import remembered
from phases.rules import MOVES, Status
from phases.serializers import (
    EvidenceIn,
    EvidenceOut,
    ItemOut,
    MoveIn,
    ProgressOut,
    StateOut,
)
from states.access import require, visible
from states.models import State
from states.past import visible_on


class States(GenericAPIView[State]):
    """The States/UTs that exist for you. They are the same on every day; a wrong day is refused."""

    serializer_class = StateOut

    @extend_schema(responses=StateOut(many=True), parameters=[AS_ON])
    def get(self, request: Request) -> Response:
        refuse_unknown(request, {"as_on"})
        asked_day(request)
        page = self.paginate_queryset(visible(State, request.user).order_by("name"))
        return self.get_paginated_response(StateOut(page, many=True).data)


class OneState(APIView):
    """A State/UT by its ISO code: the same on every day; a wrong day is refused."""

    @extend_schema(responses=StateOut, parameters=[AS_ON])
    def get(self, request: Request, iso: str) -> Response:
        refuse_unknown(request, {"as_on"})
        state = _state(request, iso)
        asked_day(request)
        return Response(StateOut(state).data)


class StateProgress(APIView):
    """Four stages: status, criteria met, counts, what is shut and why."""

    @extend_schema(responses=ProgressOut, parameters=[AS_ON])
    def get(self, request: Request, iso: str) -> Response:
        refuse_unknown(request, {"as_on"})
        state = _state(request, iso)
        seen = remembered([state], as_on=asked_day(request))[state.pk]
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
        return Response({"state": state.iso, "as_on": seen.day, "stages": stages})


class Items(GenericAPIView[Item]):
    """The lines that have been started, of the States/UTs that exist for you."""

    serializer_class = ItemOut

    @extend_schema(
        responses=ItemOut(many=True),
        parameters=[
            OpenApiParameter("state", str, description="ISO code"),
            OpenApiParameter("stage", int, enum=[1, 2, 3, 4]),
            OpenApiParameter("status", str, enum=[s.value for s in Status]),
            AS_ON,
        ],
    )
    def get(self, request: Request) -> Response:
        refuse_unknown(request, {"state", "stage", "status", "as_on"})
        wanted = _wanted(request.query_params)
        day = asked_day(request)
        rows = visible(Item, request.user).select_related("state").order_by("pk")
        context: dict[str, Any] = {"request": request}
        if day is None:
            page: Any = self.paginate_queryset(rows.filter(**wanted))
        else:
            page = self.paginate_queryset([row for row in _items_on(request, day) if _fits(row, wanted)])
            context["now"] = dict(rows.filter(pk__in=[row.pk for row in page]).values_list("pk", "status"))
        return self.get_paginated_response(ItemOut(page, many=True, context=context).data)


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
        require(request.user, "attach_evidence", item)
        given = EvidenceIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = evidence.upload(item.state, by=request.user, **given.validated_data)
        if made.status == FileStatus.REFUSED:
            return refusal("refused_file", made.explained, {"file": [made.explained]})
        evidence.cite(item, made, by=request.user)
        return Response(EvidenceOut(made).data, status=201)


def _wanted(given: Mapping[str, str]) -> dict[str, Any]:
    """The filters, by the paths of what they look at."""
    wanted: dict[str, Any] = {}
    if "state" in given:
        wanted["state__iso"] = given["state"].upper()
    if "stage" in given:
        if given["stage"] not in {"1", "2", "3", "4"}:
            raise ValidationError({"stage": ["Give 1, 2, 3 or 4."]})
        wanted["stage"] = int(given["stage"])
    if "status" in given:
        if given["status"] not in set(Status):
            raise ValidationError({"status": [f"Give one of {', '.join(Status)}."]})
        wanted["status"] = given["status"]
    return wanted


def _items_on(request: Request, day: date) -> list[Item]:
    """The lines that exist for this person now, as they were known then."""
    rows = visible_on(Item, request.user, day)
    prefetch_related_objects(rows, "state")
    return sorted(rows, key=lambda row: row.pk)


def _fits(row: Item, wanted: Mapping[str, Any]) -> bool:
    """The filters for a row of the past."""
    is_ = {"state__iso": row.state.iso, "stage": row.stage, "status": row.status}
    return all(is_[path] == value for path, value in wanted.items())


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
