"""Each 31 March who holds a post says so anew; who has left is found out (ULB profiles of CityFinance do the
same)."""

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from nudm.core import scope
from nudm.core.dates import today
from nudm.core.errors import Refused
from states import access, actions
from states.models import Appointment


def asked_of(person: Any) -> list[Appointment]:
    """The appointments of a person that are to be confirmed today."""
    return list(access.unconfirmed_on(today()).filter(person=person))


@transaction.atomic
@scope.national()
def answer(person: Any, held: Collection[int], left: Collection[int]) -> None:
    """Keep the posts whose appointments are in `held` for another year, and relieve the person of those in
    `left` today. The system writes it: an agency's post is in no state.

    Raises Refused when an appointment that is asked about has no answer.
    """
    rows = Appointment.objects.select_for_update(of=("self",)).select_related("post__team__state")
    for appointment in rows.filter(pk__in=[row.pk for row in asked_of(person)]).order_by("pk"):
        if appointment.pk in left:
            actions.relieve(appointment, today(), by=person)
        elif appointment.pk in held:
            appointment.confirmed_on = today()
            appointment.save(update_fields=["confirmed_on"])
            state = appointment.post.team.state
            actions.record("post.confirm", by=person, state=state, target=appointment)
        else:
            raise Refused(_("Say of each post whether you hold it."), code="unanswered")
    actions.rights_changed()
