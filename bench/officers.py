"""The national set with officers for the month's end, as one line of JSON on standard output.

A process of its own in the checkout that is measured, which may be older than this file.
"""

import json
import os
import sys

# Of the checkout that is measured, not of this file's.
sys.path[0] = os.getcwd()

import django

django.setup()

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.test import Client

from bench import national
from nudm.accounts.models import User
from nudm.core.dates import today
from phases.catalogue import catalogue
from phases.models import Item
from phases.rules import EDITABLE
from reports.demo.answers import demo_pdf
from states import actions
from states.models import Appointment, Post, State, Team
from states.rules import PostKind, Role

BACKEND = "nudm.accounts.backends.EmailBackend"
PASSWORD = "month-end-of-the-nation"  # noqa: S105
# One of so many reads the national pages; all others work for a State/UT.
NATIONAL = 20


def main(count: int) -> None:
    """Build the set and print `count` officers, each with a session and, where one is free, an item."""
    national.build()
    secret = make_password(PASSWORD)
    states = list(State.objects.order_by("iso"))
    ministry = Team.objects.get(role=Role.MINISTRY.value)
    offices = {team.state_id: team for team in Team.objects.filter(role=Role.STATE.value)}
    free = {state.pk: _items(state) for state in states}
    officers = []
    for n in range(count):
        state = states[n % len(states)]
        item = ""
        if n % NATIONAL:
            post = actions.add_post(offices[state.pk], PostKind.PROGRAMME_UNIT, f"Officer {n}")
            item = free[state.pk].pop() if free[state.pk] else ""
        else:
            post = actions.add_post(ministry, PostKind.VIEWER, f"Officer {n}")
        officers.append({"state": state.iso, "item": item, **_seated(post, n, secret)})
    actions.rights_changed()
    held = {"cookie": settings.SESSION_COOKIE_NAME, "password": PASSWORD, "officers": officers}
    print(json.dumps(held | {"letter": demo_pdf("Letter of the month").decode("latin-1")}))


def _seated(post: Post, n: int, secret: str) -> dict[str, str]:
    """An officer with this post and a session."""
    email = f"officer.{n}@example.in"
    person = User.objects.create(email=email, name=f"Officer {n}", name_hi=f"अधिकारी {n}", password=secret)
    start = today().replace(month=1, day=1)
    Appointment.objects.create(post=post, person=person, start=start, confirmed_on=today())
    client = Client()
    client.force_login(person, backend=BACKEND)
    return {"email": email, "session": client.cookies[settings.SESSION_COOKIE_NAME].value}


def _items(state: State) -> list[str]:
    """The addresses of items that the State/UT may write to, the last one first."""
    stored = dict(Item.objects.filter(state=state).values_list("code", "status"))
    lines = [line for line in catalogue().lines() if line.kind == "attested"]
    return [
        f"/phases/{state.iso}/{line.stage}/{line.code}/"
        for line in reversed(lines)
        if line.code not in stored or stored[line.code] in EDITABLE
    ]


if __name__ == "__main__":
    main(int(sys.argv[1]))
