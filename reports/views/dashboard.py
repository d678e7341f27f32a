"""The national dashboard at `/`; for others, their own state."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from nudm.core.as_on import asked_day, read_day, shows_the_past
from nudm.core.dates import financial_year, today
from nudm.core.kept import kept_page
from nudm.core.left import left_words
from nudm.core.ratio import summed
from phases.progress import Progress, remembered
from phases.rules import Party, Status
from phases.views.past import told
from states.access import Standing, acting_post, is_national, standing, visible
from states.models import State, by_label
from ulbs.models import Ulb

Body = tuple[SafeString, int, dict[str, Any]]
SPAN = 30


@dataclass(frozen=True)
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

    @cached_property
    def drawn(self) -> dict[str, SafeString]:
        """Its `tile` on the map and its `line` in the table, remembered as long as the state's facts, the day
        and the language hold."""
        days = f"{self.progress.day}:{self.as_on}:{self.since}"
        key = f"row:{self.state.pk}:{self.state.facts_version}:{days}:{get_language()}"
        kept: dict[str, SafeString] | None = cache.get(key)
        if kept is None:
            known = {"row": self, "as_on": self.as_on}
            kept = {name: render_to_string(f"reports/_{name}.html", known) for name in ("tile", "line")}
            cache.set(key, kept, 24 * 3600)
        return kept


SORTS: dict[str, Callable[[Row], Any]] = {
    "name": lambda row: row.state.label,
    "met": lambda row: -row.met,
    "live": lambda row: -(row.progress.live.percent or 0),
    "days": lambda row: -(row.progress.pending_days or -1),
    "moved": lambda row: -row.progress.accepted_since,
    "idle": lambda row: -(row.progress.idle_days if row.progress.idle_days is not None else -1),
}


@shows_the_past
def home(request: HttpRequest) -> HttpResponse:
    """The nation for the centre and the ministry, one's own for everybody else."""
    if is_national(request.user):
        return national(request)
    states = by_label(visible(State, request.user)[:50])
    if len(states) == 1:
        asked = f"?{request.GET.urlencode()}" if "as_on" in request.GET else ""
        return redirect(states[0].get_absolute_url() + asked)
    if states:
        return _several(request, states)
    if standing(request.user).ulb_codes:
        ulb = visible(Ulb, request.user).select_related("state")[0]
        return redirect("ulbs:town", iso=ulb.state.iso, lgd_code=ulb.lgd_code)
    return render(request, "reports/no_post.html")


def national(request: HttpRequest) -> HttpResponse:
    """36 States/UTs by 4 stages: tiles, table, what needs attention, movement since a chosen day.

    Remembered under what it was made from, so it cannot be stale: the page under the person's posts and the
    versions of rights and facts; the body, which holds nothing of the person but whether they review, for
    all who see the same states.
    """
    asked = asked_day(request)
    day = asked or today()
    since = read_day(request.GET.get("since", ""), "since") or day - timedelta(days=SPAN)
    held = standing(request.user)
    acting = acting_post(request.user)

    def context() -> dict[str, Any]:
        body, in_review, known = _kept_body(request, held, since, asked)
        if asked is None:
            request.waiting = in_review  # type: ignore[attr-defined]
        own = {
            "body": body,
            "since": since,
            "day_before": since - timedelta(days=1),
            "today": day,
            "year": financial_year(day),
        }
        return own | known

    made_from = (*held.versions, acting.pk if acting else None, request.user.label)
    return kept_page(request, made_from, "reports/national_page.html", context)


def _kept_body(request: HttpRequest, held: Standing, since: date, asked: date | None) -> Body:
    """What was known on a day that is over changes only with who held which post."""
    people, facts = held.versions
    seen, reviews = tuple(held.states()), bool(held.states("review_item"))
    query = sha256(f"{request.GET.urlencode()}:{seen}".encode()).hexdigest()
    version = people if asked else facts
    key = f"national:{version}:{asked}:{today()}:{get_language()}:{since}:{reviews}:{query}"
    kept: Body | None = cache.get(key)
    if kept is None:
        kept = _body(request, by_label(visible(State, request.user)), since, asked, reviews)
        cache.set(key, kept, 24 * 3600)
    return kept


def _body(request: HttpRequest, states: list[State], since: date, asked: date | None, reviews: bool) -> Body:
    rows = _rows(states, since, asked)
    known = told(states, {row.state.pk: row.progress for row in rows}, asked)
    in_review = sum(row.progress.stages[n].counts[Status.UNDER_REVIEW] for row in rows for n in range(4))
    live = [row.progress.live for row in rows]
    closed = [[row.progress.stages[n].closed_on for row in rows] for n in range(3)]
    context = {
        "request": request,
        **known,
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
        "left": left_words(summed(live)),
        "live_since": sum(row.progress.tallies["all.live_since"].n for row in rows),
        "in_review": in_review,
        "reviews": reviews,
        "attention": _attention(rows),
        "moved": sorted((row for row in rows if row.progress.accepted_since), key=SORTS["moved"])[:6],
        "sort": request.GET.get("sort", "name"),
        "filters": request.GET,
        "parties": [(p.value, p.value) for p in Party if p is not Party.NOBODY],
    }
    return render_to_string("reports/_national.html", context), in_review, known


def _several(request: HttpRequest, states: list[State]) -> HttpResponse:
    asked = asked_day(request)
    rows = _rows(states, (asked or today()) - timedelta(days=SPAN), asked)
    known = told(states, {row.state.pk: row.progress for row in rows}, asked)
    return render(request, "reports/my_states.html", {"rows": rows, **known})


def _rows(states: list[State], since: date, asked: date | None) -> list[Row]:
    seen = remembered(states, since=since, as_on=asked)
    return sorted(
        (Row(state, seen[state.pk], since, asked) for state in states),
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
    return sorted(rows, key=SORTS[sort]) if sort in SORTS else rows


def _attention(rows: list[Row]) -> list[dict[str, Any]]:
    """Vacant nodal officers' posts first, then what each State/UT waits for, the longest first: the same
    line, party and days as in its row of the table."""
    found: list[dict[str, Any]] = []
    for row in rows:
        post = row.progress.tallies["posts.nodal_officer"]
        if not post.complete and row.progress.started:
            found.append(
                {
                    "row": row,
                    "words": _("nodal officer's post is vacant"),
                    "days": None,
                }
            )
    waiting = [row for row in rows if row.progress.pending_days is not None]
    for row in sorted(waiting, key=SORTS["days"])[:8]:
        found.append({"row": row, "pending": row.progress.pending, "days": row.progress.pending_days})
    return found[:8]
