"""The life of a ULB: added, renamed, given its LGD code, merged, split, dropped, reinstated."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nudm.core.errors import NotAllowed, Refused
from states.access import require, visible
from states.models import State
from states.views.shown import state_for
from ulbs.actions import register
from ulbs.forms.register import CodeForm, DetailsForm, EndForm
from ulbs.models import Ulb
from ulbs.views.picking import THERE
from ulbs.views.shown import form_page, say_saved, version_of


def add(request: HttpRequest, iso: str) -> HttpResponse:
    """A ULB that is not in the register yet."""
    state = state_for(request, iso)
    require(request.user, "manage_ulbs", state)
    form = DetailsForm(request.POST or None)

    def act() -> str:
        made = register.create_ulb(state, form.cleaned_data, by=request.user)
        messages.success(request, _("%(ulb)s is in the register.") % {"ulb": made.label})
        return made.get_absolute_url()

    hint = _("Leave the LGD code empty until the LGD knows the ULB: it gets a provisional one till then.")
    return form_page(request, state, form, act, title=_("New ULB"), crumbs=_crumbs(state), hint=hint)


def edit(request: HttpRequest, iso: str, lgd_code: int) -> HttpResponse:
    """The names, the type and the figures of a ULB; a former name stays findable."""
    ulb = _ulb(request, iso, lgd_code)
    form = DetailsForm(request.POST or None, row=ulb)

    def act() -> str:
        version = version_of(request)
        made = register.edit_details(ulb, form.cleaned_data, version=version, by=request.user)
        messages.success(request, _("Saved."))
        return made.get_absolute_url()

    hint = _("When the name changes, the former one stays: the ULB is found under both.")
    crumbs = _crumbs(ulb.state, ulb)
    title = _("Edit details")
    return form_page(
        request, ulb.state, form, act, title=title, crumbs=crumbs, hint=hint, version=ulb.version
    )


def code(request: HttpRequest, iso: str, lgd_code: int) -> HttpResponse:
    """The LGD's code in place of a provisional one."""
    ulb = _ulb(request, iso, lgd_code)
    form = CodeForm(request.POST or None)

    def act() -> str:
        version = version_of(request)
        made = register.give_code(ulb, form.cleaned_data["lgd_code"], version=version, by=request.user)
        messages.success(
            request, _("%(ulb)s has LGD code %(code)s.") % {"ulb": made.label, "code": made.lgd_code}
        )
        return made.get_absolute_url()

    crumbs = _crumbs(ulb.state, ulb)
    title = _("Give the LGD code")
    return form_page(request, ulb.state, form, act, title=title, crumbs=crumbs, version=ulb.version)


def end(request: HttpRequest, iso: str, lgd_code: int) -> HttpResponse:
    """What became of a ULB: others take its place (merger or split), or it is dropped."""
    ulb = _ulb(request, iso, lgd_code)
    others = visible(Ulb, request.user).filter(THERE, state=ulb.state).exclude(pk=ulb.pk)
    form = EndForm(request.POST or None, towns=others)

    def do() -> None:
        data = form.cleaned_data
        how: dict[str, Any] = {"on": data["on"], "reason": data["reason"], "by": request.user}
        if data["after"]:
            register.succeed([ulb, *data["together"]], data["after"], **how)
        elif data["together"]:
            words = _("Name the ULB that they go into.")
            raise Refused(words, fields={"after": [words]})
        else:
            register.drop(ulb, **how)

    def act() -> str:
        do()
        if visible(Ulb, request.user).filter(pk=ulb.pk).exclude(ended="").exists():
            words = _("%(ulb)s has ended; its figures until that day stay.")
            messages.success(request, words % {"ulb": ulb.label})
        else:
            say_saved(request, ulb)
        return ulb.get_absolute_url()

    if form.is_bound and "confirmed" not in request.POST and form.is_valid():
        try:
            before, after = register.foresee_end(ulb.state, do)
        except NotAllowed:
            raise
        except Refused:
            # The form says why, beside the field.
            before = after = None
        if before is not None and after is not None:
            return _ask(request, ulb, before, after)
    return form_page(
        request,
        ulb.state,
        form,
        act,
        title=_("Merge, split or drop"),
        crumbs=_crumbs(ulb.state, ulb),
        hint=_(
            "From that day on it is not counted; its history stays. Leave the first field empty to drop it."
        ),
        button=_("End this ULB"),
    )


def _ask(request: HttpRequest, ulb: Ulb, before: Any, after: Any) -> HttpResponse:
    """The page between the form and the act: how the counts change."""
    names = [(name, value) for name, values in request.POST.lists() for value in values]
    fields = [pair for pair in names if pair[0] != "csrfmiddlewaretoken"]
    context = {
        "state": ulb.state,
        "title": _("Merge, split or drop"),
        "crumbs": _crumbs(ulb.state, ulb),
        "lines": [
            (_("In scope"), before.in_scope, after.in_scope),
            (_("Pilots"), before.pilots, after.pilots),
            (_("Live"), before.live, after.live),
        ],
        "fields": [*fields, ("confirmed", "1")],
        "same": before == after,
        "back": request.get_full_path(),
    }
    return render(request, "ulbs/confirm_end.html", context)


@require_POST
def reinstate(request: HttpRequest, iso: str, lgd_code: int) -> HttpResponse:
    """Take the end of a ULB back."""
    ulb = _ulb(request, iso, lgd_code)
    row = register.reinstate(ulb, by=request.user)
    words = _("%(ulb)s is counted again.") if row.in_scope else _("%(ulb)s is back, and left out as before.")
    messages.success(request, words % {"ulb": ulb.label})
    if ulb.batch_id is not None and row.batch_id is None:
        words = _("Its batch has begun meanwhile and the gate is shut for it: it is in no batch now.")
        messages.warning(request, words)
    return redirect(ulb)


def _ulb(request: HttpRequest, iso: str, lgd_code: int) -> Ulb:
    rows = visible(Ulb, request.user).select_related("state")
    ulb: Ulb = get_object_or_404(rows, state__iso=iso.upper(), lgd_code=lgd_code)
    require(request.user, "manage_ulbs", ulb)
    return ulb


def _crumbs(state: State, ulb: Ulb | None = None) -> list[tuple[str, str]]:
    crumbs = [(reverse("ulbs:list", args=[state.iso]), _("Towns"))]
    return [*crumbs, (ulb.get_absolute_url(), ulb.label)] if ulb is not None else crumbs
