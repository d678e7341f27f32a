"""Set something in several modules of several ULBs, and see what became of each."""

from collections import Counter
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nudm.core.dates import moment
from nudm.core.errors import NotAllowed, Refused
from nudm.core.numbers import number
from nudm.core.receipts import new_key, once
from states.access import post_for, powers, visible
from states.drafts import draft_on, save_draft
from ulbs.actions.bulk import AT_ONCE, change_many
from ulbs.actions.rollout import may_not, settable
from ulbs.forms.cells import ChangeForm
from ulbs.models import Ulb, module_choices
from ulbs.rules.asking import code_of
from ulbs.views.columns import shown_modules
from ulbs.views.lists import CHANGING, PAGE, Listing, listing_of

# So many ULBs are shown with a box each; more go along as they are.
BOXES = 200
RESULTS = {
    "refused": gettext_lazy("Refused"),
    "conflict": gettext_lazy("Another officer was first"),
    "unchanged": gettext_lazy("Was so already"),
    "asked": gettext_lazy("Asked of the centre"),
    "saved": gettext_lazy("Saved"),
}
# What belongs to the choosing, not to the filter that leads back to the matrix.
PICKING = frozenset({"u", "pick", "done", "page", "format"})


def change(request: HttpRequest, iso: str) -> HttpResponse:
    """GET asks what to set, or shows what became of it; POST does it once and goes there."""
    listing = listing_of(request, iso)
    held = powers(request.user, listing.state)
    if not CHANGING & held:
        raise may_not()
    if request.method == "POST":
        return _post(request, listing, held)
    desk = draft_on(post_for(request.user, listing.state), _desk(listing))
    done = desk.data if desk is not None and desk.data["key"] == request.GET.get("done") else None
    if done is None:
        form = _form(listing, held, initial={"modules": [listing.asked.module]})
        return _page(request, listing, form, _chosen(request, listing))
    results = done["results"]
    again = {code for code, _module, result, _words in results if result in {"refused", "conflict"}}
    ulbs = {ulb.lgd_code: ulb for ulb in _with_codes(request, listing, {row[0] for row in results})}
    form = _form(listing, held, initial=done["typed"])
    chosen = [ulb for code, ulb in ulbs.items() if code in again]
    return _page(request, listing, form, chosen, results=_told(results, ulbs))


def _post(request: HttpRequest, listing: Listing, held: frozenset[str]) -> HttpResponse:
    state, key = listing.state, request.POST.get("form_key") or new_key()
    form = _form(listing, held, request.POST)
    chosen = _with_codes(request, listing, _codes(request.POST.getlist("u")))
    if not chosen:
        form.add_error(None, _("Choose at least one ULB."))
    if not form.is_valid():
        return _page(request, listing, form, chosen, status=422)
    codes_of = {ulb.pk: ulb.lgd_code for ulb in chosen}

    def act() -> str:
        answers = change_many(
            state,
            chosen,
            form.cleaned_data["modules"],
            form.changes,
            seen=moment(request.POST.get("seen", "")),
            by=request.user,
        )
        post = post_for(request.user, state)
        if post is not None:
            results = [[codes_of[a.edit.ulb], a.edit.module, a.result, a.words] for a in answers]
            save_draft(post, _desk(listing), {"key": key, "typed": form.typed, "results": results})
        return f"{request.path}?{urlencode([*_filter(request), ('done', key)])}"

    try:
        return redirect(once(key, request.user, act))
    except NotAllowed:
        raise
    except Refused as error:
        form.add_error("modules", error.message)
        return _page(request, listing, form, chosen, status=error.status)


def _page(
    request: HttpRequest,
    listing: Listing,
    form: ChangeForm,
    chosen: list[Ulb],
    *,
    results: list[tuple[str, Any, Ulb | None, str, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "state": listing.state,
        "form": form,
        "chosen": chosen,
        "boxes": len(chosen) <= BOXES,
        "too_many": len(chosen) > AT_ONCE,
        "most": AT_ONCE,
        "codes": ",".join(str(ulb.lgd_code) for ulb in chosen),
        "results": results,
        "counted": [
            (str(RESULTS[name]), n, name) for name, n in Counter(row[0] for row in results or ()).items()
        ],
        "filter": urlencode(_filter(request)),
        "back": f"{reverse('ulbs:matrix', args=[listing.state.iso])}?{urlencode(_filter(request))}",
        "seen": request.POST.get("seen") or timezone.now().isoformat(),
        "form_key": new_key(),
    }
    return render(request, "ulbs/change.html", context, status=status)


def _form(listing: Listing, held: frozenset[str], *args: Any, **kwargs: Any) -> ChangeForm:
    shown = shown_modules(listing.choices, listing.asked)
    choices = sorted(module_choices(), key=lambda pair: pair[0] not in shown)
    return ChangeForm(settable(held), choices, *args, **kwargs)


def _chosen(request: HttpRequest, listing: Listing) -> list[Ulb]:
    """The ULBs that were picked in the matrix: those with a tick, the page's, or all that were shown."""
    pick, keys = request.GET.get("pick"), listing.look.keys
    if pick not in {"all", "page"}:
        return _with_codes(request, listing, _codes(request.GET.getlist("u")))
    if pick == "page":
        start = PAGE * (number(request.GET.get("page"), 1) - 1)
        keys = keys[start : start + PAGE]
    return list(visible(Ulb, request.user).filter(state=listing.state, pk__in=list(keys)))


def _codes(given: list[str]) -> set[int]:
    """The LGD codes that were sent, one in each value or several with commas between them."""
    return {code for text in ",".join(given).split(",") if (code := code_of(text)) is not None}


def _with_codes(request: HttpRequest, listing: Listing, codes: set[int]) -> list[Ulb]:
    return list(visible(Ulb, request.user).filter(state=listing.state, lgd_code__in=codes))


def _told(results: list[list[Any]], ulbs: dict[int, Ulb]) -> list[tuple[str, Any, Ulb | None, str, str]]:
    """A line for each cell, those that were not saved first: result and its word, ULB, module, why not."""
    order = list(RESULTS)
    names = dict(module_choices())
    found = sorted(results, key=lambda row: order.index(row[2]))
    return [
        (result, RESULTS[result], ulbs.get(code), str(names[module]), words)
        for code, module, result, words in found
    ]


def _filter(request: HttpRequest) -> list[tuple[str, str]]:
    """The matrix's filter, to lead back to; left out where it is too long to be kept with the answer."""
    pairs = [(name, value) for name, values in request.GET.lists() for value in values]
    kept = [(name, value) for name, value in pairs if value and name not in PICKING]
    return kept if len(urlencode(kept)) < 200 else []


def _desk(listing: Listing) -> str:
    """Where the last change lies on the post's desk."""
    return f"bulk:{listing.state.pk}"
