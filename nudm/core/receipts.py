"""A form does its work once, however often it is sent."""

import uuid
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction

from nudm.core.models import Receipt


def once(key: str, person: Any, act: Callable[[], str], likely: str = "") -> str:
    """Run `act` and keep the location it returns under the form's key; a second send gets that
    location and nothing is done again. Who knows the `likely` location beforehand saves a write.

    `key` is the form's UUID; a form without a valid one is simply run. The receipt and the act are
    one transaction, so a crash leaves neither.
    """
    try:
        form = uuid.UUID(key)
    except ValueError:
        return act()
    try:
        with transaction.atomic():
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


def new_key() -> str:
    """A key for a form that is about to be shown."""
    return str(uuid.uuid4())
