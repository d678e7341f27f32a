"""The page between “all of this filter” and the act: how many ULBs, and what each of them would lose."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nudm.core.numbers import number
from nudm.core.receipts import new_key
from states.models import State
from ulbs.actions.batches import Moved
from ulbs.models import Ulb

REASONS = 6


def to_confirm(request: HttpRequest, ulbs: Sequence[Ulb]) -> bool:
    """Whether all of a filter are asked for, and not just so many were confirmed."""
    return bool(request.POST.get("all")) and number(request.POST.get("confirmed"), -1) != len(ulbs)


def ask(
    request: HttpRequest, state: State, ulbs: Sequence[Ulb], lines: Iterable[str], **context: Any
) -> HttpResponse:
    """What would be done, with a button that does it; the context says whether it `may` be."""
    kept = ("act", "all", "batch", "reason", "seen")
    fields = [(name, request.POST[name]) for name in kept if request.POST.get(name)]
    context |= {
        "state": state,
        "lines": list(lines),
        "fields": [*fields, ("confirmed", len(ulbs)), ("form_key", new_key())],
        "back": request.get_full_path(),
        "count": len(ulbs),
    }
    return render(request, "ulbs/all_of_filter.html", context)


def foreseen(before: Sequence[Ulb], answers: Sequence[Moved]) -> Iterable[str]:
    """What a change of the plan would do to these ULBs, in a line each; `answers` are `foresee`'s."""
    saved = [
        (ulb, answer.ulb) for ulb, answer in zip(before, answers, strict=True) if answer.result == "saved"
    ]
    same = sum(answer.result == "unchanged" for answer in answers)
    n = len(saved)
    yield ngettext("%(n)s ULB is changed.", "%(n)s ULBs are changed.", n) % {"n": n}
    if n := sum(answer.result == "asked" for answer in answers):
        words = ngettext(
            "%(n)s ULB waits for the centre's agreement; until then the count stays as it was.",
            "%(n)s ULBs wait for the centre's agreement; until then the count stays as it was.",
            n,
        )
        yield words % {"n": n}
    if n := sum(old.pilot and not new.pilot for old, new in saved):
        yield ngettext("%(n)s is a pilot no longer.", "%(n)s are pilots no longer.", n) % {"n": n}
    if n := sum(old.batch_id is not None and new.batch_id is None for old, new in saved):
        yield ngettext("%(n)s is taken out of its batch.", "%(n)s are taken out of their batch.", n) % {
            "n": n
        }
    if n := sum(
        None not in {old.batch_id, new.batch_id} and old.batch_id != new.batch_id for old, new in saved
    ):
        words = ngettext("%(n)s goes over from another batch.", "%(n)s go over from another batch.", n)
        yield words % {"n": n}
    if n := sum(bool(old.kind) and old.kind != new.kind for old, new in saved):
        words = ngettext(
            "%(n)s was said to be of the other kind.", "%(n)s were said to be of the other kind.", n
        )
        yield words % {"n": n}
    if same:
        yield ngettext("%(n)s ULB is so already.", "%(n)s ULBs are so already.", same) % {"n": same}
    refused = Counter(answer.words for answer in answers if answer.result == "refused").most_common()
    for why, n in refused[:REASONS]:
        words = ngettext("%(n)s ULB stays as it is: %(why)s", "%(n)s ULBs stay as they are: %(why)s", n)
        yield words % {"n": n, "why": why}
    if left := sum(n for _why, n in refused[REASONS:]):
        words = ngettext(
            "%(n)s more stays as it is, each for its own reason.",
            "%(n)s more stay as they are, each for its own reason.",
            left,
        )
        yield words % {"n": left}


def foreseen_part(ulbs: Sequence[Any], *, take_part: bool, uat: bool) -> Iterable[str]:
    """What it would do to let these ULBs take part in an event, or no longer."""
    there = sum(ulb.takes_part for ulb in ulbs)
    n = len(ulbs) - there
    if take_part:
        yield ngettext("%(n)s more ULB takes part.", "%(n)s more ULBs take part.", n) % {"n": n}
        if there:
            words = ngettext("%(n)s takes part already.", "%(n)s take part already.", there)
            yield words % {"n": there}
        return
    yield ngettext("%(n)s ULB is taken off.", "%(n)s ULBs are taken off.", there) % {"n": there}
    if uat and there:
        yield _("The UAT that this session planned in them is planned no more.")
    if n:
        words = ngettext("%(n)s does not take part anyway.", "%(n)s do not take part anyway.", n)
        yield words % {"n": n}
