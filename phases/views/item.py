"""One line: its text, evidence, target date, history, and the moves that are offered."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nudm.core.arrival import WAITING, FileStatus
from nudm.core.as_on import asked_day, shows_the_past
from nudm.core.bounds import within
from nudm.core.dates import show_time
from nudm.core.errors import Conflict, NotAllowed, Refused
from nudm.core.numbers import number
from nudm.core.pieces import files_of
from nudm.core.receipts import new_key, once
from phases.actions import due, evidence, lines
from phases.catalogue import catalogue
from phases.forms import AnswerForm, DueForm, EvidenceForm
from phases.models import Citation, Evidence, Item, Step
from phases.progress import remembered
from phases.records import KINDS
from phases.rules import EDITABLE, Status
from phases.views.past import item_on
from phases.views.review import differences
from phases.views.shown import claims_of, rows_of, say_what_became_of
from states.access import post_for, powers, require, visible
from states.drafts import draft_on, save_draft
from states.models import State
from states.views.shown import state_for

# Acts on what belongs to a line.
BESIDE = frozenset({"upload", "cite", "uncite", "due", "grant", "refuse"})


def _state_of(request: HttpRequest, iso: str, number: int, code: str) -> State:
    """The state whose line this is; Raises Http404 where the deck has no such line for a person to attest."""
    state = state_for(request, iso)
    book = catalogue()
    if not book.has(code) or book.line(code).stage != number:
        raise Http404
    try:
        lines.item_for(state, code)
    except Refused as error:
        raise Http404 from error
    return state


@shows_the_past
def item(request: HttpRequest, iso: str, number: int, code: str) -> HttpResponse:
    """The line's page, `?as_on=` as on a day; a POST does one act and comes back here, or shows what is
    missing."""
    state = _state_of(request, iso, number, code)
    day = asked_day(request)
    if day is not None:
        return item_on(request, state, lines.item_for(state, code), day)
    if request.method != "POST":
        return _page(request, state, lines.item_for(state, code))
    row = Item(state=state, code=code, stage=number)
    key, here = request.POST.get("form_key", ""), row.get_absolute_url()
    try:
        where = once(key, request.user, lambda: _act(request, row), here)
    except (Conflict, NotAllowed):
        raise
    except Refused as error:
        return _page(request, state, lines.item_for(state, code), error=error)
    return redirect(where)


def _act(request: HttpRequest, row: Item) -> str:
    """One act on a line; its text and its moves lock the stored row, others need it read."""
    post, user = request.POST, request.user
    name = post.get("act", "")
    if name in BESIDE:
        row = lines.item_for(row.state, row.code)
    version = number(post.get("version"), -1)
    here = row.get_absolute_url()
    if name == "save":
        lines.save_remark(row, post.get("remark", ""), version=version, by=user)
    elif name == "upload":
        form = EvidenceForm(post, files_of(request))
        _valid(form)
        made = evidence.upload(row.state, by=user, **form.cleaned_data)
        say_what_became_of(made, request)
        if made.status != FileStatus.REFUSED:
            evidence.cite(row, made, by=user)
        return here
    elif name in {"cite", "uncite"}:
        wanted = visible(Evidence, user).filter(state=row.state)
        chosen = get_object_or_404(wanted, pk=number(post.get("evidence")))
        (evidence.cite if name == "cite" else evidence.uncite)(row, chosen, by=user)
    elif name == "due":
        form = DueForm(post)
        _valid(form)
        due.ask(row, form.cleaned_data["due"], reason=form.cleaned_data["reason"], by=user)
    elif name in {"grant", "refuse"}:
        asked = get_object_or_404(row.due_dates, pk=number(post.get("asked")))
        due.answer(asked, grant=name == "grant", by=user)
    else:
        lines.move(
            row,
            name,
            version=version,
            by=user,
            note=post.get("note", ""),
            reason=post.get("reason", ""),
            remark=post.get("remark"),
        )
    messages.success(request, _("Saved."))
    return here


def _valid(form: Any) -> None:
    if not form.is_valid():
        words = {name: [str(e) for e in errors] for name, errors in form.errors.items()}
        raise Refused(_("Something is missing. Nothing was saved."), fields=words)


def _form(kind: Any, acts: set[str], request: HttpRequest, error: Refused | None) -> Any:
    """A form of the page: as it was sent, with what the action said beside its fields, or empty."""
    if error is None or request.POST.get("act") not in acts:
        return kind()
    form = kind(request.POST, request.FILES)
    form.is_valid()
    for name, texts in error.fields.items():
        if name in form.fields and name not in form.errors:
            form.add_error(name, texts)
    return form


def _page(request: HttpRequest, state: State, row: Item, error: Refused | None = None) -> HttpResponse:
    held = powers(request.user, state)
    line = row.line
    cited = (
        {row.code: list(visible(Citation, request.user).filter(item=row).select_related("evidence", "item"))}
        if row.pk
        else {}
    )
    shown = rows_of(
        (line,),
        state,
        remembered([state])[state.pk],
        powers=held,
        user=request.user,
        citations=cited,
    )[0]
    steps = (
        list(visible(Step, request.user).filter(item=row).select_related("by", "post__team"))
        if row.pk
        else []
    )
    post = post_for(request.user, state)
    draft = draft_on(post, f"item:{row.code}:{state.pk}")
    typed = request.POST.get("remark") if error else None
    kept = [FileStatus.ACCEPTED.value, *(status.value for status in WAITING)]
    library = visible(Evidence, request.user).filter(state=state, replaced_by=None, status__in=kept)
    context = {
        "state": state,
        "stage": catalogue().stage(row.stage),
        "row": shown,
        "item": row,
        "steps": reversed(steps),
        "changes": differences(steps) if "review_item" in held else None,
        "claims": claims_of(cited.get(row.code, []), request.user) if "review_item" in held else {},
        "powers": held,
        "remark": typed
        if typed is not None
        else (draft.data.get("text", "") if draft else shown.shown_remark),
        "draft": draft,
        "upload": _form(EvidenceForm, {"upload"}, request, error),
        "due_form": _form(DueForm, {"due"}, request, error),
        "answer": _form(AnswerForm, {"accept", "agree_na", "return", "reopen"}, request, error),
        "due_dates": list(row.due_dates.select_related("granted_by", "asked_by")) if row.pk else [],
        "library": library.exclude(citations__item=row)[:200] if row.pk else library[:200],
        "records": [(KINDS[slug], slug not in shown.lacking) for slug in line.record],
        "error": error,
        "given": request.POST,
        "offered": {move.name for move in shown.moves},
        "may_edit": line.kind == "attested" and "update_checklist" in held and shown.status in EDITABLE,
        "may_attach": "attach_evidence" in held and shown.status in EDITABLE,
        "reviewing": any(move.permission == "review_item" for move in shown.moves),
        "own_submission": "review_item" in held
        and shown.status is Status.UNDER_REVIEW
        and row.submitted_by_id == request.user.pk,
        "form_key": new_key(),
    }
    return render(request, "phases/item.html", context, status=error.status if error else 200)


@require_POST
def autosave(request: HttpRequest, iso: str, number: int, code: str) -> HttpResponse:
    """Keep what is being typed on the post's desk, all of it; answers with when. Raises Refused for a text
    that is longer than a remark may be."""
    state = _state_of(request, iso, number, code)
    require(request.user, "update_checklist", state)
    post = post_for(request.user, state)
    text = request.POST.get("text", "")
    within(remark=text)
    if post is not None:
        save_draft(post, f"item:{code}:{state.pk}", {"text": text})
    return JsonResponse({"detail": _("Draft saved %(at)s") % {"at": show_time(timezone.now())}})
