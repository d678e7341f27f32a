"""The national dashboard at `/`; for others, their own state."""

from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from django.core.cache import cache
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from nudm.core.as_on import asked_day, day_from
from nudm.core.dates import financial_year, today
from phases.progress import Progress, remembered
from phases.rules import Party, Status
from states.access import is_national, standing, visible
from states.models import State
from ulbs.models import Ulb

SORTS = ("name", "met", "live", "days", "moved", "idle")


@dataclass(frozen=True, slots=True)
class Row:
    """A State/UT on the dashboard."""

    state: State
    progress: Progress
    since: date
    as_on: date | None = None

    @property
    def met(self) -> int:
        return sum(stage.met for stage in self.progress.stages)

    @property
    def tile(self) -> int:
        """0 to 4: stages complete, with 3 for rolling out and 4 for every ULB live."""
        if self.progress.live.complete:
            return 4
        done = sum(stage.status == "complete" for stage in self.progress.stages[:3])
        return 3 if done >= 2 and self.progress.live.begun else done

    @property
    def html(self) -> SafeString:
        """The row of the table, remembered as long as the state's facts, the day and the language hold."""
        state = self.state
        key = f"row:{state.pk}:{state.facts_version}:{today()}:{get_language()}:{self.since}:{self.as_on}"
        kept: SafeString | None = cache.get(key)
        if kept is None:
            kept = render_to_string("reports/_row.html", {"row": self, "as_on": self.as_on})
            cache.set(key, kept, 24 * 3600)
        return kept

    @property
    def key(self) -> dict[str, Any]:
        progress = self.progress
        return {
            "name": self.state.label,
            "met": -self.met,
            "live": -(progress.live.percent or 0),
            "days": -(progress.pending_days or -1),
            "moved": -progress.accepted_since,
            "idle": -(progress.idle_days if progress.idle_days is not None else -1),
        }


def home(request: HttpRequest) -> HttpResponse:
    """The nation for the centre and the ministry, one's own for everybody else."""
    if is_national(request.user):
        return national(request)
    states = list(visible(State, request.user)[:50])
    if len(states) == 1:
        return redirect(states[0])
    if states:
        return _several(request, states)
    if standing(request.user).ulb_codes:
        ulb = visible(Ulb, request.user).select_related("state")[0]
        return redirect("ulbs:town", iso=ulb.state.iso, lgd_code=ulb.lgd_code)
    return render(request, "reports/no_post.html")


def national(request: HttpRequest) -> HttpResponse:
    """36 States/UTs by 4 stages: tiles, table, what needs attention, movement since a chosen day.

    The body holds nothing of the person, so it is remembered under what it was made from: the version
    of the states' facts, the day, the language and the query. It cannot be stale.
    """
    as_on = asked_day(request)
    since = day_from(request.GET.get("since", "")) or (as_on or today()) - timedelta(days=30)
    version = visible(State, request.user).aggregate(version=Sum("facts_version"))["version"]
    query = request.GET.urlencode()[:500]
    key = f"national:{version}:{today()}:{get_language()}:{since}:" + sha256(query.encode()).hexdigest()
    kept: tuple[SafeString, int] | None = cache.get(key)
    if kept is None:
        kept = _body(request, since, as_on)
        cache.set(key, kept, 24 * 3600)
    body, request.waiting = kept
    day = as_on or today()
    context = {"body": body, "since": since, "today": day, "year": financial_year(day), "as_on": as_on}
    return render(request, "reports/national_page.html", context)


def _body(request: HttpRequest, since: date, as_on: date | None) -> tuple[SafeString, int]:
    rows = _rows(list(visible(State, request.user)), since, as_on)
    in_review = sum(row.progress.stages[n].counts[Status.UNDER_REVIEW] for row in rows for n in range(4))
    live = [row.progress.live for row in rows]
    closed = [[row.progress.stages[n].closed_on for row in rows] for n in range(3)]
    context = {
        "request": request,
        "as_on": as_on,
        "rows": _chosen(request, rows),
        "tiles": rows,
        "since": since,
        "total": len(rows),
        "complete": [
            (sum(day is not None for day in days), sum(day is not None and day >= since for day in days))
            for days in closed
        ],
        "live": sum(ratio.n for ratio in live),
        "towns": sum(ratio.of for ratio in live),
        "live_since": sum(row.progress.tallies["all.live_since"].n for row in rows),
        "in_review": in_review,
        "attention": _attention(rows),
        "moved": sorted((row for row in rows if row.progress.accepted_since), key=lambda r: r.key["moved"])[
            :6
        ],
        "sort": request.GET.get("sort", "name"),
        "filters": request.GET,
        "parties": [(p.value, p.value) for p in Party if p is not Party.NOBODY],
    }
    return render_to_string("reports/_national.html", context), in_review


def _several(request: HttpRequest, states: list[State]) -> HttpResponse:
    since = today() - timedelta(days=30)
    return render(
        request,
        "reports/my_states.html",
        {"rows": _rows(states, since), "since": since},
    )


def _rows(states: list[State], since: date, as_on: date | None = None) -> list[Row]:
    seen = remembered(states, since=since, as_on=as_on)
    return sorted(
        (Row(state, seen[state.pk], since, as_on) for state in states),
        key=lambda row: row.state.label,
    )


def _chosen(request: HttpRequest, rows: list[Row]) -> list[Row]:
    stage, status, party = (request.GET.get(name, "") for name in ("stage", "status", "party"))
    if stage in {"1", "2", "3", "4"} and status:
        rows = [row for row in rows if row.progress.stages[int(stage) - 1].status == status]
    if party:
        rows = [row for row in rows if row.progress.pending_with.value == party]
    if request.GET.get("kind") in {"state", "ut"}:
        rows = [row for row in rows if row.state.kind == request.GET["kind"]]
    sort = request.GET.get("sort", "name")
    return sorted(rows, key=lambda row: row.key[sort]) if sort in SORTS else rows


def _attention(rows: list[Row]) -> list[dict[str, Any]]:
    """Vacant nodal officers' posts first, then what has hung longest."""
    found: list[dict[str, Any]] = []
    for row in rows:
        post = row.progress.tallies["posts.nodal_officer"]
        if not post.complete and row.progress.last_moved is not None:
            found.append(
                {
                    "row": row,
                    "words": _("nodal officer's post is vacant"),
                    "days": None,
                    "line": None,
                }
            )
    hanging = [
        (row, blocker)
        for row in rows
        for stage in row.progress.stages[:3]
        for blocker in stage.blockers
        if blocker.days is not None
    ]
    for row, blocker in sorted(hanging, key=lambda pair: -(pair[1].days or 0))[:8]:
        found.append({"row": row, "line": blocker.line, "blocker": blocker, "days": blocker.days})
    return found[:8]
