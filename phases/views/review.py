"""The centre's queue: oldest first, evidence beside the claim, what changed since last time."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from nudm.core.difference import Budget, cut, word_runs
from nudm.core.errors import NotAllowed, Refused
from nudm.core.numbers import number, numbers
from nudm.core.receipts import new_key, once
from phases.actions import lines
from phases.forms import AnswerForm
from phases.models import Citation, DueDate, Item, Step
from phases.progress import remembered
from phases.rules import Claim, Status
from phases.views.record_facts import FactChange, changed_facts, submitted_facts
from phases.views.shown import claims_of
from states.access import standing, visible
from states.models import State, by_label

PAGE = 50


def queue(request: HttpRequest) -> HttpResponse:
    """The lines that wait for the centre, the oldest first; of one State/UT or stage where that is asked."""
    states = standing(request.user).states("review_item")
    if not states:
        raise NotAllowed(_("The review queue is the centre's. Your own lines are on your State/UT's page."))
    found = visible(Item, request.user).filter(status=Status.UNDER_REVIEW.value, state__in=states)
    counts = found.order_by().values_list("state__iso", "stage").annotate(n=Count("pk"))
    by_place = {(iso, stage): n for iso, stage, n in counts}
    iso, stage = _asked(request)
    if iso:
        found = found.filter(state__iso=iso)
    if stage:
        found = found.filter(stage=stage)
    items = list(found.select_related("state", "submitted_by").order_by("since")[:PAGE])
    ids = [item.pk for item in items]
    cited: dict[int, list[Citation]] = {pk: [] for pk in ids}
    citations = list(visible(Citation, request.user).filter(item__in=ids).select_related("evidence", "item"))
    for citation in citations:
        cited[citation.item_id].append(citation)
    steps: dict[int, list[Step]] = {pk: [] for pk in ids}
    for step in visible(Step, request.user).filter(item__in=ids):
        steps[step.item_id].append(step)
    budget = Budget()
    clocks = remembered({item.state_id: item.state for item in items}.values())
    waiting = [
        {
            "item": item,
            "days": clocks[item.state_id].clocks[item.code].days,
            "citations": cited[item.pk],
            "changes": differences(steps[item.pk], budget),
            "facts": last_facts(steps[item.pk]),
            "asks_na": item.asks == Claim.NOT_APPLICABLE.value,
            "note": steps[item.pk][-1].note if steps[item.pk] else "",
            "own": item.submitted_by_id == request.user.pk,
        }
        for item in items
    ]
    asked = visible(DueDate, request.user).filter(answered_at=None).select_related("item__state", "asked_by")
    request.waiting = sum(by_place.values())  # type: ignore[attr-defined]
    named = visible(State, request.user).filter(iso__in={place for place, _stage in by_place})
    context = {
        "waiting_items": waiting,
        "total": sum(n for (i, s), n in by_place.items() if i == (iso or i) and s == (stage or s)),
        "iso": iso,
        "stage": stage,
        "states": [(row.iso, row.label) for row in by_label(named)],
        "stages": sorted({number for _iso, number in by_place}),
        "extensions": asked,
        "claims": claims_of(citations, request.user),
        "answer": AnswerForm(),
        "form_key": new_key(),
    }
    return render(request, "phases/review.html", context)


def _asked(request: HttpRequest) -> tuple[str, int]:
    """The State/UT's code and the stage that the queue is asked for; empty and 0 for all."""
    return request.GET.get("state", "").upper()[:2], number(request.GET.get("stage", ""), 0)


@require_POST
def answer_many(request: HttpRequest) -> HttpResponse:
    """Accept or return the chosen lines, each on its own."""
    chosen = numbers(request.POST.getlist("item"))
    accept = request.POST.get("act") == "accept"

    def act() -> str:
        done = 0
        for item in visible(Item, request.user).filter(pk__in=chosen).select_related("state"):
            na = item.asks == Claim.NOT_APPLICABLE.value
            name = ("agree_na" if na else "accept") if accept else "return"
            version = request.POST.get(f"version_{item.pk}", "")
            try:
                lines.move(
                    item,
                    name,
                    version=number(version, -1),
                    by=request.user,
                    note=request.POST.get("note", ""),
                    reason=request.POST.get("reason", ""),
                )
                done += 1
            except Refused as error:
                words = " ".join(
                    [
                        error.message,
                        *(t for texts in error.fields.values() for t in texts),
                    ]
                )
                messages.error(request, f"{item.state.label}, {item.line.text}: {words}")
        if done:
            words = ngettext("%(n)s line is answered.", "%(n)s lines are answered.", done)
            messages.success(request, words % {"n": done})
        iso, stage = _asked(request)
        kept = {name: value for name, value in (("state", iso), ("stage", stage)) if value}
        return reverse("phases:review") + (f"?{urlencode(kept)}" if kept else "")

    return redirect(once(request.POST.get("form_key", ""), request.user, act))


@dataclass(frozen=True, slots=True)
class Changes:
    """What the last submission changed against the one before: `runs` of the remark, each `ins`, `del` or ``
    (in both), then what came or went of the files. Where the two remarks cannot be compared word by word
    they stand in `before` and `after`, as far as they are shown. `facts` are those of the set-up record."""

    runs: tuple[tuple[str, str], ...] = ()
    before: str = ""
    after: str = ""
    facts: tuple[FactChange, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.runs or self.before or self.after or self.facts)


def differences(steps: list[Step], budget: Budget | None = None) -> Changes:
    """Empty for a first submission. A page with several comparisons gives each the same budget."""
    sent = [step for step in steps if step.to == Status.UNDER_REVIEW.value]
    if len(sent) < 2:
        return Changes()
    before, after = sent[-2].saw, sent[-1].saw
    old_remark, new_remark = before.get("remark", ""), after.get("remark", "")
    words = word_runs(old_remark, new_remark, budget or Budget())
    runs = [] if words is None else words
    old = {sha for _pk, sha in before.get("evidence", [])}
    new = {sha for _pk, sha in after.get("evidence", [])}
    if new - old:
        n = len(new - old)
        runs.append(("ins", " " + ngettext("%(n)s file added", "%(n)s files added", n) % {"n": n}))
    if old - new:
        n = len(old - new)
        runs.append(("del", " " + ngettext("%(n)s file taken away", "%(n)s files taken away", n) % {"n": n}))
    facts = changed_facts(before.get("facts", {}), after.get("facts", {})) if "facts" in before else ()
    if words is None:
        return Changes(tuple(runs), cut(old_remark), cut(new_remark), facts)
    if facts or any(kind for kind, _words in runs):
        return Changes(tuple(runs), facts=facts)
    if "facts" in before:
        return Changes((("", _("Nothing changed since last time.")),))
    return Changes((("", _("The remark and the files are as they were.")),))


def last_facts(steps: list[Step]) -> list[tuple[str, str]]:
    """What the set-up record of an item said when it was last submitted: `(label, value)`."""
    sent = [step for step in steps if step.to == Status.UNDER_REVIEW.value]
    return submitted_facts(sent[-1].saw.get("facts", {})) if sent else []
