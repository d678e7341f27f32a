"""What a person does at the door, in one place for the tests."""

import re
from typing import Any

import pyotp
from django.test import Client

from nudm.accounts import codes
from nudm.accounts.actions import set_code
from nudm.accounts.models import User
from nudm.core import jobs
from states import actions
from states.models import Post
from states.rules import PostKind
from tests.world import PASSWORD, World

DAY = 86_400
# The form of a new token, but for its name.
TOKEN = {"part": "token", "scope": "write", "days": "90", "password": PASSWORD}


def sign_in(client: Client, email: str, password: str = PASSWORD, **extra: Any) -> Any:
    return client.post("/accounts/login/", {"username": email, "password": password}, **extra)


def with_app(person: User) -> tuple[pyotp.TOTP, list[str]]:
    """The person's authenticator app, set up earlier today, and the recovery codes on paper."""
    secret = codes.new_secret()
    app = pyotp.TOTP(secret)
    paper = set_code(person, secret, app.now())
    person.authenticator.last_step = 0
    person.authenticator.save()
    return app, paper


def work() -> None:
    """What a worker does of what was promised."""
    for job_id in jobs.due_jobs():
        jobs.run(job_id)


def token_of(page: str) -> str:
    """The text of a new token, shown once."""
    found = re.search(r"<code>([\w-]{40,})</code>", page)
    assert found is not None
    return found.group(1)


def program(text: str) -> Client:
    return Client(headers={"authorization": f"Token {text}"})


def dtl(world: World) -> Post:
    """A vacant post of the state's office."""
    return actions.add_post(world.kl_office, PostKind.DTL, "DTL")


def words(answer: Any) -> str:
    return str(answer.content.decode())
