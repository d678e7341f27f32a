"""The desk: inbox, what went out by mail, and the chain of a state."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nudm.core.dates import today
from nudm.core.errors import NotAllowed
from nudm.core.numbers import numbers
from nudm.core.receipts import answered_once
from reports.actions import deliveries as sent
from reports.actions import notices, reminders, schedules
from reports.actions.desk import overtaken
from reports.forms import ChainForm
from reports.models import Notice, Superior
from reports.words import KINDS
from states.access import held_posts, powers, standing, visible
from states.actions import record as log
from states.models import Post
from states.views.shown import state_for

PAGE = 50


def inbox(request: HttpRequest) -> HttpResponse:
    """The notices of one's posts, unread first; mark as read; choose what comes by mail."""
    rows = visible(Notice, request.user).filter(post__in=[post.pk for post in held_posts(request.user)])
    if request.method == "POST":
        if request.POST.get("act") == "choose":
            notices.choose(request.user, set(request.POST.getlist("word")))
            messages.success(request, _("Saved."))
        else:
            chosen = numbers(request.POST.getlist("notice"))
            notices.seen(rows.filter(pk__in=chosen) if chosen else rows, by=request.user)
        return redirect("reports:inbox")
    shown = rows.select_related("post__team", "state").order_by("read_at", "-to_do", "-at")
    unwanted = notices.unwanted(request.user)
    page = Paginator(shown, PAGE).get_page(request.GET.get("page"))
    unread = sorted((row for row in page if row.read_at is None), key=lambda row: -row.pk)
    context = {
        "page": page,
        "settled": overtaken(unread, today()),
        # A town office has an inbox and no reports.
        "reads_reports": bool(standing(request.user).states()),
        "kinds": [(word, words, word not in unwanted) for word, words in KINDS.items()],
    }
    return render(request, "reports/inbox.html", context)


def deliveries(request: HttpRequest) -> HttpResponse:
    """What was mailed of the reports one may see: state of each, and whether it was opened here."""
    if not standing(request.user).states("manage_people"):
        raise NotAllowed(_("Deliveries are shown to the centre and to the State/UT's nodal officer."))
    rows = sent.rows_for(request.user, request.GET.get("status", ""))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": sent.shown(page.object_list),
        "status": request.GET.get("status", ""),
        "choices": sent.STATUS_WORDS.items(),
    }
    return render(request, "reports/deliveries.html", context)


@require_POST
@answered_once
def resend(request: HttpRequest, pk: int) -> HttpResponse:
    """Send once more, or say what became of a mail whose fate is unknown."""
    row = sent.one_for(request.user, pk)
    act = request.POST.get("act", "")
    if act == "again":
        schedules.resend(row, by=request.user)
        messages.success(request, _("The mail goes out once more."))
    elif act in {"arrived", "lost"}:
        sent.settle(row, arrived=act == "arrived", by=request.user)
        messages.success(request, _("Saved."))
    return redirect("reports:deliveries")


@answered_once
def chain(request: HttpRequest, iso: str) -> HttpResponse:
    """Who is told when a target date passes, and the letter that goes to them."""
    state = state_for(request, iso)
    if "view_state" not in powers(request.user, state):
        raise NotAllowed(_("Your post does not include this act. Ask the holder of the right post to do it."))
    posts = visible(Post, request.user).filter(team__state=state).select_related("team__state")
    rows = {row.level: row for row in visible(Superior, request.user).filter(state=state)}
    initial: dict[str, Any] = {}
    for level, row in rows.items():
        initial |= {
            f"designation_{level}": row.designation,
            f"designation_hi_{level}": row.designation_hi,
            f"post_{level}": row.post_id,
        }
    given = request.POST if request.method == "POST" else None
    form = ChainForm(list(posts), given, initial=initial)
    if given is not None and form.is_valid():
        reminders.set_chain(state, form.levels(), by=request.user, saw=request.POST.get("seen"))
        messages.success(request, _("Saved."))
        return redirect("reports:chain", iso=state.iso)
    context = {
        "state": state,
        "form": form,
        "seen": reminders.chain_seen(state),
        "rows": rows.values(),
        "powers": powers(request.user, state),
    }
    return render(request, "reports/chain.html", context, status=422 if given is not None else 200)


def letter(request: HttpRequest, iso: str, level: int) -> HttpResponse:
    """The draft of a demi-official letter, as text to change and sign."""
    state = state_for(request, iso)
    text = reminders.letter(state, level, get_language() or "en", by=request.user)
    log("letter.download", by=request.user, state=state, level=level)
    answer = HttpResponse(text, content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="nudm-letter-{state.iso}-{level}.txt"'
    return answer
