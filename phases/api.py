"""The API over states, lines, moves and evidence: the same actions and `visible()` as the pages."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from django.http import Http404
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
from nudm.core.errors import Refused
from nudm.core.paging import AS_ON, etag, if_match, refuse_unknown
from nudm.core.problems import refusal
from phases.actions import evidence, lines
from phases.catalogue import catalogue
from phases.models import Citation, Evidence, Item
from phases.progress import Progress, remembered
from phases.rules import MOVES, Party, Status
from phases.serializers import (
    EvidenceIn,
    EvidenceOut,
    ItemOut,
    MoveIn,
    ProgressOut,
    StateOut,
    progress_out,
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
    """Four stages: status, criteria met, each input, outcome and criterion with its count, with whom it is
    and for how long, what is missing and why, what has slipped since a closing."""

    @extend_schema(responses=ProgressOut, parameters=[AS_ON])
    def get(self, request: Request, iso: str) -> Response:
        refuse_unknown(request, {"as_on"})
        state = _state(request, iso)
        seen = remembered([state], as_on=asked_day(request))[state.pk]
        return Response(progress_out(state, seen))


ITEM_FILTERS = [
    OpenApiParameter("stage", int, enum=[1, 2, 3, 4]),
    OpenApiParameter("status", str, enum=[s.value for s in Status]),
    OpenApiParameter("open", bool, description="Whether somebody has to act on it, or a month is awaited."),
    OpenApiParameter("with", str, enum=[p.value for p in Party], description="With whom it is."),
    OpenApiParameter("overdue", bool, description="Open, and its target date has passed."),
    AS_ON,
]
FILTERS = {"stage", "status", "open", "with", "overdue", "as_on"}


class Items(GenericAPIView[Item]):
    """The items of the States/UTs that exist for you, whether begun or not, in the deck's order."""

    serializer_class = ItemOut

    @extend_schema(
        responses=ItemOut(many=True),
        parameters=[OpenApiParameter("state", str, description="ISO code"), *ITEM_FILTERS],
    )
    def get(self, request: Request) -> Response:
        refuse_unknown(request, {"state", *FILTERS})
        states = visible(State, request.user).order_by("name")
        if "state" in request.query_params:
            states = states.filter(iso=request.query_params["state"].upper())
        return self.listed(request, list(states))

    def listed(self, request: Request, states: list[State]) -> Response:
        """One page of the items of these states, as the parameters ask."""
        day = asked_day(request)
        seen = remembered(states, as_on=day)
        fits = _filter(request.query_params, seen)
        begun = visible(Item, request.user).filter(state__in=states)
        rows = begun if day is None else visible_on(Item, request.user, day)
        page: Any = self.paginate_queryset([row for row in _all_items(states, rows, seen) if fits(row)])
        context: dict[str, Any] = {"request": request, "progress": seen}
        if day is not None:
            known = [row.pk for row in page if row.pk]
            context["now"] = dict(begun.filter(pk__in=known).values_list("pk", "status"))
        return self.get_paginated_response(ItemOut(page, many=True, context=context).data)


class StateItems(Items):
    """The items of one State/UT, whether begun or not, in the deck's order."""

    @extend_schema(responses=ItemOut(many=True), parameters=ITEM_FILTERS)
    def get(self, request: Request, iso: str) -> Response:
        refuse_unknown(request, FILTERS)
        return self.listed(request, [_state(request, iso)])


class OneItem(APIView):
    """An item by its number, with an ETag of its version."""

    @extend_schema(responses=ItemOut)
    def get(self, request: Request, **where: Any) -> Response:
        refuse_unknown(request, set())
        return _shown(_item(request, **where), request)


class OneStateItem(OneItem):
    """An item by its State/UT and code, whether begun or not, with an ETag of its version."""


class Moves(APIView):
    """Move an item. A stale version is refused with 409 and the stored text."""

    @extend_schema(request=MoveIn, responses=ItemOut)
    def post(self, request: Request, **where: Any) -> Response:
        refuse_unknown(request, set())
        item = _item(request, **where)
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


class StateItemMoves(Moves):
    """Move an item of a State/UT, named by its code, also one that is not begun."""


class ItemEvidence(GenericAPIView[Evidence]):
    """The evidence that an item cites; a POST uploads a file and cites it."""

    parser_classes = (MultiPartParser, FormParser)
    serializer_class = EvidenceOut

    @extend_schema(responses=EvidenceOut(many=True))
    def get(self, request: Request, **where: Any) -> Response:
        refuse_unknown(request, set())
        item = _item(request, **where)
        cited = visible(Citation, request.user).filter(item=item.pk or 0).select_related("evidence")
        page = self.paginate_queryset(cited.order_by("pk"))
        files = [citation.evidence for citation in page or ()]
        return self.get_paginated_response(EvidenceOut(files, many=True).data)

    @extend_schema(request={"multipart/form-data": EvidenceIn}, responses={201: EvidenceOut})
    def post(self, request: Request, **where: Any) -> Response:
        refuse_unknown(request, set())
        item = _item(request, **where)
        require(request.user, "attach_evidence", item)
        if_match(request, item.version)
        given = EvidenceIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = evidence.upload(item.state, by=request.user, **given.validated_data)
        if made.status == FileStatus.REFUSED:
            return refusal("refused_file", made.explained, {"file": [made.explained]})
        evidence.cite(item, made, by=request.user)
        return Response(EvidenceOut(made).data, status=201)


class StateItemEvidence(ItemEvidence):
    """The evidence of an item of a State/UT, named by its code; a POST cites it also where the item is not
    begun."""


def _filter(given: Mapping[str, str], seen: Mapping[int, Progress]) -> Callable[[Item], bool]:
    """Whether an item is one of those asked for."""
    if "stage" in given and given["stage"] not in {"1", "2", "3", "4"}:
        raise ValidationError({"stage": ["Give 1, 2, 3 or 4."]})
    for name, words in (("status", Status), ("with", Party)):
        if name in given and given[name] not in set(words):
            raise ValidationError({name: [f"Give one of {', '.join(words)}."]})
    for name in ("open", "overdue"):
        if name in given and given[name] not in TRUTHS:
            raise ValidationError({name: ["Give true or false."]})
    stage, status, party = given.get("stage"), given.get("status"), given.get("with")
    wanted = {name: TRUTHS[given[name]] for name in ("open", "overdue") if name in given}

    def fits(row: Item) -> bool:
        if stage not in {None, str(row.stage)} or status not in {None, row.status}:
            return False
        progress = seen[row.state_id]
        clock = progress.clocks[row.code]
        is_open = clock.party is not Party.NOBODY or clock.awaited is not None
        late = is_open and row.due is not None and row.due < progress.day
        stands = {"open": is_open, "overdue": late}
        return party in {None, clock.party.value} and all(
            stands[name] is value for name, value in wanted.items()
        )

    return fits


TRUTHS = {"true": True, "1": True, "false": False, "0": False}


def _all_items(
    states: Iterable[State], begun: Iterable[Item], seen: Mapping[int, Progress]
) -> Iterator[Item]:
    """The items of these states in the deck's order; those not begun are made in memory and have no id. A
    line that counts ULBs is one where there is none in scope, or it was asked about when there was none."""
    rows = {(row.state_id, row.code): row for row in begun}
    for state in states:
        for line in catalogue().lines():
            stored = rows.get((state.pk, line.code))
            uncounted = line.counts_ulbs and (stored is not None or seen[state.pk].live.of == 0)
            if line.kind == "attested" or uncounted:
                row = stored or Item(code=line.code, stage=line.stage)
                row.state = state
                yield row


def _state(request: Request, iso: str) -> State:
    found: State = get_object_or_404(visible(State, request.user), iso=iso.upper())
    return found


def _item(request: Request, pk: int | None = None, iso: str = "", code: str = "") -> Item:
    """An item by its number, or by its State/UT and code. Raises Http404 for what does not exist here."""
    if pk is not None:
        found: Item = get_object_or_404(visible(Item, request.user).select_related("state"), pk=pk)
        return found
    state = _state(request, iso)
    try:
        return lines.item_for(state, code)
    except Refused as error:
        raise Http404 from error


def _name_of(item: Item, to: str) -> str:
    """The move's name for a target status: by name, or the one that answers what the line asks."""
    from_here = [m for m in MOVES if m.source.value == item.status]
    names = [m for m in from_here if to == m.name or (to == m.to.value and m.to is not m.source)]
    named = [m for m in names if m.name == to] or [m for m in names if m.name != "ask_na"] or names
    return named[0].name if named else to


def _shown(item: Item, request: Request) -> Response:
    # An act may have moved the state since it was read.
    state = visible(State, request.user).get(pk=item.state_id)
    body: Any = ItemOut(item, context={"request": request, "progress": remembered([state])}).data
    return Response(body, headers=etag(item.version))
