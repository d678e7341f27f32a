"""People and posts: appoint, relieve, hand over; and choosing the post one acts by."""

from typing import Any

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nudm.core.dates import today
from nudm.core.errors import Conflict, NotAllowed, Refused
from nudm.core.receipts import answered_once
from nudm.core.search import holds
from nudm.core.seen import seen
from nudm.core.text import alike
from states import access, actions
from states.access import require, visible
from states.forms import AppointForm, PostForm, RelieveForm
from states.holders import held_by
from states.models import Appointment, Post, Team
from states.rules import PostKind, asked_to_confirm


def people(request: HttpRequest) -> HttpResponse:
    """The posts that one may fill, vacant ones first."""
    managed = access.standing(request.user).states("manage_people")
    if not managed:
        raise NotAllowed(_("People are appointed by the centre and by the State/UT's nodal officer."))
    query = request.GET.get("q", "").strip()
    teams = visible(Team, request.user).select_related("state")
    if not access.is_national(request.user):
        teams = teams.filter(state__in=managed)
    if query:
        teams = teams.filter(holds(query, "name"))
    late = access.unconfirmed_on(today()).filter(post__team__in=teams).values("pk")
    only = request.GET.get("unconfirmed") == "1"
    if only:
        teams = teams.filter(posts__appointments__in=late).distinct()
    now = access.appointments_on(today()).select_related("person")
    posts = visible(Post, request.user).prefetch_related(
        Prefetch("appointments", queryset=now, to_attr="now")
    )
    shown = sorted(teams.prefetch_related(Prefetch("posts", queryset=posts)), key=_place)
    may_audit = bool(access.standing(request.user).states("read_audit"))
    context = {
        "teams": shown,
        "query": query,
        "may_audit": may_audit,
        "late": {row["pk"] for row in late},
        "only": only,
        "since": asked_to_confirm(today()),
    }
    return render(request, "states/people.html", context)


def _place(team: Team) -> tuple[str, str, int]:
    """The national teams, then those of the States/UTs, by the names that the reader sees."""
    return alike(team.state.label) if team.state else "", alike(team.label), team.pk


@answered_once
def post(request: HttpRequest, pk: int) -> HttpResponse:
    """A post with its holders, and the acts on it."""
    row = get_object_or_404(visible(Post, request.user).select_related("team__state"), pk=pk)
    require(request.user, "manage_people", row)
    holder = access.appointments_on(today()).filter(post=row).select_related("person").first()
    bound: Any = request.POST if request.method == "POST" else None
    act = request.POST.get("act", "")
    taking = AppointForm(bound if act in {"appoint", "hand_over"} else None)
    leaving = RelieveForm(bound if act == "relieve" else None)
    form = leaving if act == "relieve" else taking
    if act == "forget_code" and holder is not None:
        actions.forget_code(holder, by=request.user)
        messages.success(request, _("Done. At the next sign-in no code is asked."))
        return redirect("states:post", pk=row.pk)
    if bound is not None and form.is_valid():
        try:
            _do(act, row, holder, form.cleaned_data, request.POST.get("seen"), request.user)
        except (NotAllowed, Conflict):
            raise
        except Refused as error:
            form.add_error("on" if "on" in error.fields else None, error.message)
        else:
            messages.success(request, _("Saved. It counts from that day."))
            return redirect("states:post", pk=row.pk)
    history = visible(Appointment, request.user).filter(post=row).select_related("person")
    context = {
        "post": row,
        "holder": holder,
        "taking": taking,
        "leaving": leaving,
        "seen": seen(held_by(row)),
        "history": history,
    }
    return render(request, "states/post.html", context, status=422 if bound is not None else 200)


def _do(
    act: str, row: Post, holder: Appointment | None, data: dict[str, Any], saw: str | None, by: Any
) -> None:
    if act == "relieve":
        if holder is None:
            raise Refused(_("The post is vacant."), code="vacant")
        actions.relieve(holder, data["on"], by=by, saw=saw)
        return
    person = actions.person_for(data["email"], data["name"])
    change = actions.hand_over if act == "hand_over" else actions.appoint
    change(row, person, data["on"], by=by, order_number=data["order_number"], saw=saw)


@answered_once
def add_post(request: HttpRequest, pk: int) -> HttpResponse:
    """A new post in a team."""
    team = get_object_or_404(visible(Team, request.user).select_related("state"), pk=pk)
    require(request.user, "manage_people", team)
    form = PostForm(team.role, request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        made = actions.add_post(
            team,
            PostKind(data["kind"]),
            data["title"],
            data["title_hi"],
            by=request.user,
        )
        return redirect("states:post", pk=made.pk)
    return render(
        request,
        "states/add_post.html",
        {"team": team, "form": form},
        status=422 if form.is_bound else 200,
    )


@require_POST
def act_as(request: HttpRequest) -> HttpResponse:
    """Act by one of one's posts, or by all; the choice lasts for this session."""
    chosen = request.POST.get("post", "")
    held = {str(p.pk) for p in access.held_posts(request.user)}
    if chosen in held:
        request.session["post"] = int(chosen)
    else:
        request.session.pop("post", None)
    back = request.POST.get("next", "/")
    return redirect(
        back if url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}) else "/"
    )
