"""Asking for the link to set a password tells nothing and cannot be done without end."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from nudm.core.models import Job, Outbox
from tests.accounts.signing import work
from tests.world import World

RESET = "/accounts/reset/"


def asked(email: str, address: str = "10.1.1.1") -> tuple[int, list[str]]:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        answer = Client().post(RESET, {"email": email}, REMOTE_ADDR=address)
    return answer.status_code, [query["sql"].split()[0] for query in seen]


def test_the_same_is_done_for_an_address_that_is_known_and_one_that_is_not(world: World) -> None:
    """The same statements, so the same time; who it is, is looked up by a worker."""
    asked("warm@example.in")
    assert asked(world.nodal.email) == asked("stranger@example.in")
    assert not Outbox.objects.exists()
    work()
    assert [mail.to for mail in Outbox.objects.all()] == [world.nodal.email]


def test_no_address_stays_in_the_rows_of_the_work(world: World) -> None:
    for email in (world.nodal.email, "stranger@example.in"):
        asked(email)
    work()
    assert [job.args for job in Job.objects.filter(kind="reset")] == [{}, {}]


def test_five_links_an_hour_are_the_most_for_an_account_and_sixty_for_an_address(world: World) -> None:
    for email in (world.nodal.email, "stranger@example.in"):
        assert [asked(email, f"10.2.2.{n}")[0] for n in range(6)] == [302] * 5 + [429]
    assert [asked(f"p{n}@example.in", "10.9.9.9")[0] for n in range(61)] == [302] * 60 + [429]
