"""What the pages of registers, batches and ULBs do alike."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from nudm.core.errors import Conflict, NotAllowed, Refused
from nudm.core.numbers import number
from nudm.core.receipts import new_key, once
from states.access import visible
from states.models import State
from ulbs.models import Exclusion, Ulb
from ulbs.past import seen_on


def ulb_on(request: HttpRequest, iso: str, lgd_code: int, day: date) -> Ulb:
    """A ULB as it was known at the end of `day`, with its state and batch.

    Raises Http404 for one that was not there then, or does not exist for this person.
    """
    for ulb in seen_on(request.user, day):
        if ulb.lgd_code == lgd_code and ulb.state.iso == iso.upper():
            return ulb
    raise Http404


def say_saved(request: HttpRequest, ulb: Ulb, *, module: str = "") -> None:
    """Say that a change was saved, and where the centre was asked for one."""
    waiting = visible(Exclusion, request.user).filter(ulb=ulb, module=module, status=Exclusion.Status.ASKED)
    if waiting.exists():
        words = _(
            "The centre is asked. Until it agrees, the count stays as it was. "
            "The requests are listed under “Left out”."
        )
        messages.info(request, words)
    else:
        messages.success(request, _("Saved."))


def version_of(request: HttpRequest) -> int:
    """The version of the row that the form was opened on; none is ever -1."""
    given = request.POST.get("version", "")
    return number(given, -1)


def attempt(request: HttpRequest, form: BaseForm, act: Callable[[], str]) -> HttpResponse | None:
    """Do the act once and go where it says; None when it was refused, with the words beside the fields."""
    try:
        return redirect(once(request.POST.get("form_key", ""), request.user, act))
    except (NotAllowed, Conflict):
        raise
    except Refused as error:
        fields: dict[str, Any] = error.fields or {"": [error.message]}
        for name, texts in fields.items():
            form.add_error(name if name in form.fields else None, texts)
    return None


def form_page(
    request: HttpRequest, state: State, form: Any, act: Callable[[], str], **context: Any
) -> HttpResponse:
    """A page with one form: shown, or done once when it is sent and nothing is wrong.

    The context names `title`, `crumbs`, and where it matters `version`, `hint`, `button`; where there is
    `nothing` to do, only the hint is shown.
    """
    if form.is_bound and form.is_valid():
        answer = attempt(request, form, act)
        if answer is not None:
            return answer
    options = [field.options for field in form.fields.values() if hasattr(field, "options")]
    context |= {
        "state": state,
        "form": form,
        "form_key": new_key(),
        "town_options": options[0] if options else [],
    }
    return render(request, "ulbs/form.html", context, status=422 if form.is_bound else 200)
