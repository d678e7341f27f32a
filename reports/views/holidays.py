"""The list of holidays of the nation (`IN`) or of a state, by year."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nudm.core.dates import today
from nudm.core.errors import NotAllowed, Refused
from nudm.core.numbers import number
from reports.actions import holidays
from reports.forms import NATION, HolidayForm, PasteForm
from reports.models import Holiday
from states.access import is_national, require, visible
from states.models import State, by_label
from states.views.shown import state_for


def page(request: HttpRequest, iso: str) -> HttpResponse:
    """Read by those who see the state; kept by those who manage its people, the nation's by the centre."""
    state = _state(request, iso)
    asked = number(request.GET.get("year"))
    year = asked if 2000 <= asked <= 2100 else today().year
    act = request.POST.get("act", "") if request.method == "POST" else ""
    if act == "paste" and request.POST.get("set_aside"):
        return _rest(request, state)
    day = HolidayForm(request.POST if act == "add" else None)
    paste = PasteForm(request.POST if act == "paste" else None)
    if request.method == "POST":
        require(request.user, "manage_people", Holiday(state=state))
        if _done(request, state, act, day, paste):
            return redirect(request.get_full_path())
    context = {
        "state": state,
        "iso": iso.upper(),
        "year": year,
        "rows": holidays.listed(state, year),
        "may": _may(request.user, state),
        "day": day,
        "paste": paste,
        "others": by_label(visible(State, request.user)) if is_national(request.user) else (),
    }
    return render(request, "reports/holidays.html", context, status=422 if act else 200)


def _rest(request: HttpRequest, state: State | None) -> HttpResponse:
    """Save the lines that can be read; the others are given back as a file."""
    require(request.user, "manage_people", Holiday(state=state))
    days, left = holidays.read_rest(request.POST.get("lines", ""))
    holidays.add(state, days, by=request.user)
    response = HttpResponse(f"\ufeff{left}\n", content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="holidays-set-aside.txt"'
    return response


def _state(request: HttpRequest, iso: str) -> State | None:
    if iso.upper() != NATION:
        return state_for(request, iso)
    if not is_national(request.user):
        raise Http404
    return None


def _may(user: Any, state: State | None) -> bool:
    try:
        require(user, "manage_people", Holiday(state=state))
    except NotAllowed:
        return False
    return True


def _done(request: HttpRequest, state: State | None, act: str, day: HolidayForm, paste: PasteForm) -> bool:
    """Whether the act was carried out; a form that was refused says why."""
    if act == "remove":
        pk = request.POST.get("holiday", "")
        holidays.remove(state, number(pk), by=request.user)
        messages.success(request, _("The day is taken off the list."))
        return True
    given: HolidayForm | PasteForm = day if act == "add" else paste
    if act not in {"add", "paste"} or not given.is_valid():
        return False
    data = given.cleaned_data
    try:
        days = [(data["day"], data["name"])] if act == "add" else holidays.read(data["lines"])
        count = holidays.add(state, days, by=request.user)
    except NotAllowed:
        raise
    except Refused as error:
        given.add_error(
            "lines" if "lines" in error.fields else None, error.fields.get("lines", [error.message])
        )
        return False
    words = ngettext("%(n)s holiday is new on the list.", "%(n)s holidays are new on the list.", count)
    messages.success(request, words % {"n": count})
    return True
