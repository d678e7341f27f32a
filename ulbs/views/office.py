"""The town office: one page for a phone, by post or by a link; and the links themselves."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from nudm.core import scope
from nudm.core.as_on import asked_day, shows_the_past
from nudm.core.dates import day_of, today
from nudm.core.errors import Conflict, NotAllowed, Refused
from nudm.core.limits import spend
from nudm.core.numbers import number
from nudm.core.pieces import files_of
from nudm.core.receipts import answered_once, form_of, once
from nudm.core.serving import attachment
from states.access import powers, visible
from states.actions import record as log
from states.past import end_of
from ulbs.actions import figures, readiness
from ulbs.catalogue import Metric, metrics
from ulbs.forms.town import FactForm, FiguresForm, LinkForm, MasterDataForm
from ulbs.models import (
    Deployment,
    EventUlb,
    Fact,
    Figure,
    Readiness,
    TownFile,
    TownLink,
    Ulb,
)
from ulbs.past import office_on
from ulbs.views.due import Session, due, next_uat, silent, silent_on, trainings_on
from ulbs.views.shown import ulb_on
from ulbs.views.towns import page


@dataclass(slots=True)
class Card:
    """A fact on the page: what is known of it, its form, its files."""

    fact: Fact
    row: Readiness | None
    form: Any
    files: list[TownFile]

    @property
    def version(self) -> int:
        return self.row.version if self.row else 0


@shows_the_past
@answered_once
def town(request: HttpRequest, iso: str, lgd_code: int) -> HttpResponse:
    """The page of a town's own officer, and of the State/UT that helps it."""
    day = asked_day(request)
    if day is not None:
        return _on(request, ulb_on(request, iso, lgd_code, day), day)
    ulb = _ulb(request, iso, lgd_code)
    rows = (
        visible(Readiness, request.user).filter(ulb=ulb),
        visible(TownFile, request.user).filter(ulb=ulb),
        visible(Deployment, request.user).filter(ulb=ulb, in_scope=True),
        visible(Figure, request.user).filter(ulb=ulb, purpose="baseline"),
        readiness.trainings_of(visible(EventUlb, request.user).filter(ulb=ulb), today()),
    )
    held = powers(request.user, ulb.state)
    may = not ulb.ended and bool({"manage_ulbs", "update_town"} & held)
    context = {"powers": held, "may": may, "here": request.path, "silent": silent(ulb, request.user)}
    return _page(request, ulb, rows, context, by=request.user, link=None)


def _on(request: HttpRequest, ulb: Ulb, day: date) -> HttpResponse:
    """The page as it was at the end of a past day, without any act; a file says how it is today."""
    answers, cells, base = office_on(ulb, day)
    files = visible(TownFile, request.user).filter(ulb=ulb, at__lt=end_of(day))
    context = {
        "powers": powers(request.user, ulb.state) & {"view_state"},
        "as_on": day,
        "silent": silent_on(ulb, day),
    }
    rows = (answers, files, cells, base, trainings_on(ulb, day))
    return _page(request, ulb, rows, context, by=request.user, link=None)


@never_cache
@login_not_required
def by_link(request: HttpRequest, secret: str) -> HttpResponse:
    """The same page for one town without an account, by its link; nothing else can be reached by it."""
    spend("town_link", request.META.get("REMOTE_ADDR", ""))
    link = readiness.link_for(secret)
    if link is None:
        return render(request, "ulbs/link_over.html", status=404)
    context = {"powers": frozenset(), "may": True, "here": request.path, "link": link, "public": True}
    with scope.of_state(link.state_id):
        answer = _page(request, link.ulb, readiness.rows_of(link), context, by=None, link=link)
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _page(
    request: HttpRequest, ulb: Ulb, rows: Any, context: dict[str, Any], *, by: Any, link: TownLink | None
) -> HttpResponse:
    stored, files, cells, base, trainings = rows
    cells = list(cells)
    bound: tuple[str, Any] = ("", None)
    if request.method == "POST":
        part = request.POST.get("part", "")
        form, act = _act(part, request, ulb, by, link)
        if form.is_valid():
            try:
                act(form.cleaned_data)
            except (NotAllowed, Conflict):
                raise
            except Refused as error:
                form.doubtful = error.code == "doubtful"
                for name, texts in (error.fields or {"": [error.message]}).items():
                    form.add_error(name if name in form.fields else None, texts)
            else:
                messages.success(request, _("Saved."))
                return redirect(f"{context['here']}#{part}")
        bound = (part, form)
    answers = {row.fact: row for row in stored}
    sent: dict[str, list[TownFile]] = {}
    for file in files:
        sent.setdefault(file.fact, []).append(file)
    asked = [
        fact for fact in Fact if fact is not Fact.BASELINE and (fact is not Fact.ADOPTION_TEAM or ulb.live_on)
    ]
    cards = [
        Card(
            fact,
            answers.get(fact),
            bound[1] if bound[0] == fact else _fact_form(answers.get(fact)),
            sent.get(fact, []),
        )
        for fact in asked
    ]
    day = context.get("as_on") or today()
    uat = next_uat(cells, day)
    given = {figure.metric: figure for figure in base}
    values = {code: figure.value for code, figure in given.items()}
    open_ = [metric for metric in _baseline() if ulb.live_on is None or metric.code not in given]
    baseline = bound[1] if bound[0] == "baseline" else FiguresForm(open_, initial=values, prefix="b")
    context |= {
        "ulb": ulb,
        "state": ulb.state,
        "cards": cards,
        "baseline": baseline,
        "sure": request.POST.get("sure", ""),
        "baseline_open": open_,
        "baseline_given": [_given(metric, given.get(metric.code), ulb) for metric in _baseline()],
        "baseline_seen": figures.seen_of(values, [metric.code for metric in open_]),
        "cells": [(cell, MasterDataForm(initial={"master_data": cell.master_data})) for cell in cells],
        "open": sum(card.row is None for card in cards) + (not ulb.baseline_given),
        "noes": [card.fact.label for card in cards if card.row is not None and not card.row.answer],
        "due": due(cells),
        "uat": uat,
        "trainings": [event for event in trainings if event.closed_on],
        "coming": [event for event in reversed(trainings) if not event.closed_on],
        "asked_by": _asked_by(ulb, link, uat),
        "today": day,
    }
    return render(request, "ulbs/town.html", context, status=422 if request.method == "POST" else 200)


def _asked_by(ulb: Ulb, link: TownLink | None, uat: Session | None) -> date | None:
    """The day before which a town's facts are asked for: until it is live the first of its batch's start and
    its next UAT, as they are planned; else the last day of its link."""
    planned = (ulb.batch.planned_on if ulb.batch is not None else None, uat and uat.on)
    days = [day for day in planned if day is not None and ulb.live_on is None]
    return min(days, default=None) or (day_of(link.expires_at) if link is not None else None)


def _baseline() -> list[Metric]:
    return [metric for metric in metrics().values() if metric.baseline]


def _given(metric: Metric, figure: Figure | None, ulb: Ulb) -> tuple[str, Any, date | None]:
    """A figure of the baseline: its name, its value, and its day where it was given after go-live."""
    day = day_of(figure.at) if figure is not None and figure.at else None
    late = day is not None and ulb.live_on is not None and day > ulb.live_on
    return (
        metric.in_(get_language() or "en"),
        figure and f"{figure.value.normalize():f}",
        day if late else None,
    )


def _fact_form(row: Readiness | None) -> FactForm:
    if row is None:
        return FactForm()
    initial = {
        "answer": "yes" if row.answer else "no",
        "who": row.who,
        "contact": row.contact,
        "note": row.note,
    }
    return FactForm(initial=initial)


def _act(
    part: str, request: HttpRequest, ulb: Ulb, by: Any, link: TownLink | None
) -> tuple[Any, Callable[[dict[str, Any]], Any]]:
    """The form that was sent, and what it does once it is valid. Raises Http404 for no such part."""
    if part == "baseline":
        # After go-live the page asks for what is missing only.
        asked = [m for m in _baseline() if ulb.live_on is None or f"b-{m.code}" in request.POST]
        form: Any = FiguresForm(asked or _baseline(), request.POST, prefix="b")

        def baseline(data: dict[str, Any]) -> None:
            given = [figures.Given(code, value, ulb.pk, "baseline") for code, value in data.items()]
            saw, sure = request.POST.get("seen"), request.POST.get("sure", "")
            figures.save_figures(ulb.state, given, by=by, link=link, saw=saw, sure=sure)

        return form, baseline
    if part.startswith("module-"):

        def module(data: dict[str, Any]) -> None:
            code, version = part.removeprefix("module-"), _version(request)
            readiness.say_master_data(ulb, code, data["master_data"], version=version, by=by, link=link)

        return MasterDataForm(request.POST), module
    if part not in Fact.values:
        raise Http404

    def fact(data: dict[str, Any]) -> None:
        file, again = data.pop("file"), data.pop("again")
        sent = readiness.answer(
            ulb, Fact(part), data, version=_version(request), file=file, again=again, by=by, link=link
        )
        if sent is not None and sent.came_before:
            words = _("This file was there already as “%(name)s”; it was not stored twice.")
            messages.info(request, words % {"name": sent.name})
        if sent is not None and not sent.readable:
            say = messages.warning if sent.waits else messages.error
            say(request, f"{sent.name}: {sent.explained}")

    return FactForm(request.POST, files_of(request)), fact


def _version(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    return number(text, -1)


def _ulb(request: HttpRequest, iso: str, lgd_code: int) -> Ulb:
    rows = visible(Ulb, request.user).select_related("state", "batch")
    found: Ulb = get_object_or_404(rows, state__iso=iso.upper(), lgd_code=lgd_code)
    return found


def file(request: HttpRequest, pk: int) -> HttpResponse:
    """A file that a town sent: asked for each time, never shown in the page's own origin."""
    row = get_object_or_404(visible(TownFile, request.user).select_related("state"), pk=pk)
    if not row.readable:
        raise Refused(f"{row.name}: {row.explained}", code="not_readable")
    answer = attachment(row)
    log("town.download", by=request.user, state=row.state, target=row)
    return answer


@require_POST
def links(request: HttpRequest, iso: str, lgd_code: int) -> HttpResponse:
    """Make a link for a town, or end one."""
    ulb = _ulb(request, iso, lgd_code)
    if request.POST.get("act") == "end":
        pk = request.POST.get("link", "")
        row = get_object_or_404(
            visible(TownLink, request.user).select_related("state"), pk=number(pk), ulb=ulb
        )
        readiness.revoke_link(row, by=request.user)
        messages.success(request, _("The link is ended."))
        return redirect(ulb)
    form = LinkForm(request.POST)
    if not form.is_valid():
        return page(request, ulb, link_form=form, status=422)
    start = request.build_absolute_uri(reverse("town_link", args=["x"]))[:-2]
    made: list[str] = []

    to, key = form.cleaned_data["to"], request.POST.get("form_key", "")
    sent = form_of(key, request.user)

    def act() -> str:
        made.append(readiness.make_link(ulb, to=to, address=start, form=sent, by=request.user))
        return ulb.get_absolute_url()

    place = once(key, request.user, act)
    secret = made[0] if made else readiness.link_of_form(ulb, sent, by=request.user)
    if secret is None:
        messages.warning(request, _("The link that this form made is over or ended. Make a new one."))
        return redirect(place)
    context = {"ulb": ulb, "state": ulb.state, "address": f"{start}{secret}/", "to": to}
    return render(request, "ulbs/link_made.html", context)
