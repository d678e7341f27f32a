"""A form does its work once, however often it is sent."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from nudm.core import store
from nudm.core.models import Receipt

FOUND = 302


def once(key: str, person: Any, act: Callable[[], str], likely: str = "") -> str:
    """Run `act` and keep the location it returns under the form's key; a second send gets that
    location and nothing is done again. Who knows the `likely` location beforehand saves a write.

    `key` is the form's UUID; a form without a valid one is simply run. The same form sent by somebody else (a
    browser that two people share) is a form of its own. The receipt and the act are one transaction, so a
    crash leaves neither.
    """
    form = form_of(key, person)
    if form is None:
        return act()
    try:
        # What is refused after a file came leaves no file in the store.
        with store.unless_saved(), transaction.atomic():
            receipt = Receipt.objects.create(key=form, person=person, location=likely)
            receipt.location = act()
            if receipt.location != likely:
                receipt.save(update_fields=["location"])
            return receipt.location
    except IntegrityError:
        first = Receipt.objects.filter(key=form, person=person).first()
        if first is None:
            raise
        return first.location


def form_of(key: str, person: Any) -> uuid.UUID | None:
    """The form with this key as sent by this person, None for what is no key."""
    try:
        return uuid.uuid5(uuid.UUID(key), str(person.pk))
    except ValueError:
        return None


def answered_once(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view whose form, sent twice, is done once and led to the same place; an answer that leads nowhere
    (something is missing, and nothing was saved) may be sent again."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST" or not request.user.is_authenticated:
            return view(request, *args, **kwargs)
        made: list[HttpResponse] = []

        def act() -> str:
            made.append(view(request, *args, **kwargs))
            if made[0].status_code != FOUND:
                raise _NothingDone
            return str(made[0]["Location"])

        try:
            place = once(request.POST.get("form_key", ""), request.user, act)
        except _NothingDone:
            return made[0]
        return made[0] if made else redirect(place)

    return answer


class _NothingDone(Exception):
    """Takes the receipt back."""


def new_key() -> str:
    """A key for a form that is about to be shown."""
    return str(uuid.uuid4())
