"""What pages show of a past day: the same as today's, from what was kept, without any act."""

from datetime import date
from typing import Any

from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from phases.catalogue import catalogue
from phases.models import Citation, DueDate, Evidence, Item, Step
from phases.progress import Progress, remembered
from phases.records import KINDS
from phases.views.review import differences
from phases.views.shown import rows_of
from states.access import powers, visible
from states.models import State
from states.past import as_on, as_on_all, end_of, first_day


def told(states: list[State], progress: dict[int, Progress], day: date | None) -> dict[str, Any]:
    """What the banner says: the day, and where nothing was recorded yet, when the first entry was made."""
    nothing = day is not None and all(seen.blank for seen in progress.values())
    first = first_day([state.pk for state in states]) if nothing else None
    return {"as_on": day, "nothing": nothing, "first": first}


def citations_on(state: State, progress: Progress, day: date, user: Any) -> dict[str, list[Citation]]:
    """What each line cited, those taken off since included."""
    return _with_evidence(as_on(Citation, [state.pk], day), progress, user)


def _with_evidence(citations: list[Citation], progress: Progress, user: Any) -> dict[str, list[Citation]]:
    codes = {item.pk: code for code, item in progress.items.items()}
    files = (
        visible(Evidence, user)
        .select_related("removed_by")
        .in_bulk({citation.evidence_id for citation in citations})
    )
    found: dict[str, list[Citation]] = {}
    for citation in citations:
        if citation.item_id in codes and citation.evidence_id in files:
            citation.evidence = files[citation.evidence_id]
            found.setdefault(codes[citation.item_id], []).append(citation)
    return found


def item_on(request: HttpRequest, state: State, current: Item, day: date) -> HttpResponse:
    """The page of a line as it stood; `current` is how it stands now."""
    user = request.user
    seen = remembered([state], as_on=day)
    progress, held, line = seen[state.pk], powers(user, state), current.line
    kept = as_on_all([Citation, DueDate], [state.pk], day)
    due_dates = [due for due in kept[DueDate] if due.item_id == current.pk]
    prefetch_related_objects(due_dates, "granted_by")
    steps = visible(Step, user).filter(state=state, item__code=line.code, at__lt=end_of(day))
    history = list(steps.select_related("by", "post__team"))
    row = rows_of(
        (line,),
        state,
        progress,
        powers=held,
        user=user,
        citations=_with_evidence(kept[Citation], progress, user),
        now={line.code: current},
    )[0]
    context = {
        "state": state,
        "stage": catalogue().stage(line.stage),
        "row": row,
        "item": row.item,
        "steps": reversed(history),
        "changes": differences(history) if "review_item" in held else None,
        "powers": frozenset(),
        "due_dates": due_dates,
        "records": [(KINDS[slug], slug not in row.lacking) for slug in line.record],
        **told([state], seen, day),
    }
    return render(request, "phases/item.html", context)
