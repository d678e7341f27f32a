"""A state's page: what is shut and why, what is pending, with whom, for how many days."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from nudm.core.as_on import asked_day, shows_the_past
from phases.catalogue import catalogue
from phases.models import Step
from phases.progress import remembered
from phases.views.past import told
from phases.views.shown import name_towns, stage_cards
from states.access import powers, visible
from states.past import end_of
from states.views.shown import state_for


@shows_the_past
def page(request: HttpRequest, iso: str) -> HttpResponse:
    """Answers before data, in at most ten queries; `?as_on=` as they were on a day."""
    state = state_for(request, iso)
    day = asked_day(request)
    seen = remembered([state], as_on=day)
    progress = seen[state.pk]
    steps = visible(Step, request.user).filter(state=state).select_related("item", "by", "post__team")
    if day is not None:
        steps = steps.filter(at__lt=end_of(day))
    shown = [
        stage
        for stage in progress.stages[:3]
        if stage.closed_on is None and (stage.status != "not_started" or stage.number == 1)
    ]
    named = name_towns(state, tuple(b for stage in shown for b in stage.blockers), request.user, day)
    context = {
        "slipped": [stage for stage in progress.stages if stage.slipped],
        "state": state,
        "progress": progress,
        "cards": stage_cards(state, progress),
        "gates": [
            (
                catalogue().stage(stage.number),
                stage,
                [shut for shut in named if shut.blocker in stage.blockers],
            )
            for stage in shown
        ],
        "steps": steps.order_by("-at", "-pk")[:8],
        "powers": powers(request.user, state) if day is None else frozenset(),
        "today": progress.day,
        **told([state], seen, day),
    }
    return render(request, "phases/state.html", context)
