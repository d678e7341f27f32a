"""Signing in, and a person's own account."""

import re
from typing import Any

from django.test import Client

from nudm.accounts.models import Token, User
from nudm.core.models import Outbox
from states import actions
from states.models import Entry
from states.rules import PostKind
from tests.accounts.signing import TOKEN, work
from tests.world import PASSWORD, World

WRONG = "do not fit together"


def sign_in(client: Client, email: str, password: str = PASSWORD, **extra: Any) -> Any:
    return client.post("/accounts/login/", {"username": email, "password": password}, **extra)


def test_an_address_is_one_account_however_it_is_written(world: World) -> None:
    assert sign_in(Client(), "NODAL.KL@Example.in ".strip()).status_code == 302


def test_a_closed_account_and_a_wrong_password_get_the_same_words(world: World) -> None:
    User.objects.filter(pk=world.unit.pk).update(is_active=False)
    closed = sign_in(Client(), world.unit.email)
    wrong = sign_in(Client(), world.nodal.email, "not this one at all")
    unknown = sign_in(Client(), "stranger@example.in")
    assert all(WRONG in answer.content.decode() for answer in (closed, wrong, unknown))


def test_ten_wrong_passwords_lock_the_address_and_not_the_officer(world: World) -> None:
    client = Client()
    for _try in range(10):
        answer = sign_in(client, world.nodal.email, "guess", REMOTE_ADDR="10.1.1.1")
    answer = sign_in(client, world.nodal.email, "guess", REMOTE_ADDR="10.1.1.1")
    assert answer.status_code == 429
    assert "/accounts/reset/" in answer.content.decode()
    assert sign_in(Client(), world.nodal.email, REMOTE_ADDR="10.2.2.2").status_code == 302


def test_a_reset_reveals_nothing_and_its_link_works_once(world: World) -> None:
    pages = []
    for email in (world.nodal.email, "stranger@example.in"):
        answer = Client().post("/accounts/reset/", {"email": email}, follow=True)
        work()
        page = answer.content.decode()
        pages.append(re.sub(r'value="[^"]{64}"', "", page))
    assert pages[0] == pages[1]
    [mail] = Outbox.objects.all()
    link = re.search(r"http://\S+", mail.text)
    assert link is not None and mail.to == world.nodal.email
    client = Client()
    form = client.get(link.group(), follow=True)
    new = {"new_password1": "four plain words here", "new_password2": "four plain words here"}
    client.post(form.redirect_chain[-1][0], new)
    assert sign_in(Client(), world.nodal.email, "four plain words here").status_code == 302
    assert "used already" in Client().get(link.group(), follow=True).content.decode()


def test_a_person_without_a_password_sets_the_first_one_by_link(world: World) -> None:
    User.objects.create_user("new@example.in", "New")
    Client().post("/accounts/reset/", {"email": "new@example.in"})
    work()
    assert Outbox.objects.get().to == "new@example.in"


def test_signing_out_everywhere_ends_the_other_sessions_at_once(world: World) -> None:
    here, there = world.client(world.nodal), world.client(world.nodal)
    here.post("/accounts/me/sign-out-everywhere/")
    assert here.get("/states/KL/").status_code == 200
    assert there.get("/states/KL/").status_code == 302


def test_a_token_is_shown_once_kept_as_a_hash_and_revoked(world: World) -> None:
    client = world.client(world.nodal)
    client.post("/accounts/me/", {**TOKEN, "name": "export"})
    first, second = (client.get("/accounts/me/").content.decode() for _look in range(2))
    text = re.search(r"<code>([\w-]{40,})</code>", first)
    assert text is not None and text.group(1) not in second
    token = Token.objects.get()
    assert token.digest != text.group(1)
    program = Client(headers={"authorization": f"Token {text.group(1)}"})
    assert program.get("/api/v1/states/").status_code == 200
    client.post(f"/accounts/me/tokens/{token.pk}/revoke/")
    assert program.get("/api/v1/states/").status_code == 401


def test_a_demonstration_account_does_not_exist_outside_the_demonstration(
    world: World, settings: Any
) -> None:
    User.objects.filter(pk=world.nodal.pk).update(is_demo=True)
    client = Client()
    assert sign_in(client, world.nodal.email).status_code == 302
    settings.DEMO = False
    assert client.get("/states/KL/").status_code == 302
    assert WRONG in sign_in(Client(), world.nodal.email).content.decode()


def test_the_language_of_the_account_is_kept(world: World) -> None:
    client = world.client(world.nodal)
    client.post("/accounts/me/", {"part": "profile", "name": "n", "name_hi": "", "language": "hi"})
    assert 'lang="hi"' in client.get("/states/KL/").content.decode()
    fresh = Client()
    sign_in(fresh, world.nodal.email)
    assert 'lang="hi"' in fresh.get("/states/KL/").content.decode()


def test_a_short_or_common_password_is_refused_with_words(world: World) -> None:
    form = {"part": "password", "old_password": PASSWORD, "new_password1": "short", "new_password2": "short"}
    answer = world.client(world.nodal).post("/accounts/me/", form)
    assert answer.status_code == 422
    assert "12" in answer.content.decode()


def acts(person: User) -> list[tuple[str, str, str]]:
    rows = Entry.objects.filter(actor=person).order_by("pk").select_related("state")
    return [(row.verb, row.target_id, row.state.iso if row.state else "") for row in rows]


def test_what_a_person_does_with_the_account_is_in_the_log_by_ids_alone(world: World) -> None:
    client = Client()
    sign_in(client, world.nodal.email, "not this one at all")
    assert acts(world.nodal) == []
    sign_in(client, world.nodal.email)
    client.post("/accounts/me/", {**TOKEN, "name": "a secret purpose"})
    token = Token.objects.get()
    client.post(f"/accounts/me/tokens/{token.pk}/revoke/")
    new = {"new_password1": "four plain words here", "new_password2": "four plain words here"}
    client.post("/accounts/me/", {"part": "password", "old_password": PASSWORD, **new})
    client.post("/accounts/me/sign-out-everywhere/")
    client.post("/accounts/logout/")
    assert acts(world.nodal) == [
        ("account.sign_in", "", "KL"),
        ("token.make", str(token.pk), "KL"),
        ("token.revoke", str(token.pk), "KL"),
        ("account.password", "", "KL"),
        ("account.sign_out_everywhere", "", "KL"),
        ("account.sign_out", "", "KL"),
    ]
    assert [row.data for row in Entry.objects.filter(actor=world.nodal)] == [{}] * 6


def test_a_wrong_form_leaves_no_line(world: World) -> None:
    client = world.client(world.nodal)
    client.post("/accounts/me/", {"part": "password", "old_password": "x", "new_password1": "y"})
    client.post("/accounts/me/", {"part": "token", "name": ""})
    assert acts(world.nodal) == []


def test_people_of_the_centre_and_of_several_states_sign_in_in_the_nations_chain(world: World) -> None:
    second = actions.add_post(world.mh_office, PostKind.FELLOW, "Fellow")
    actions.appoint(second, world.unit, world.start)
    for person in (world.reviewer, world.unit, world.nobody):
        sign_in(Client(), person.email)
        assert acts(person) == [("account.sign_in", "", "")]


def test_a_password_set_by_link_is_in_the_log(world: World) -> None:
    Client().post("/accounts/reset/", {"email": world.nodal.email})
    work()
    link = re.search(r"http://\S+", Outbox.objects.get().text)
    assert link is not None
    client = Client()
    form = client.get(link.group(), follow=True)
    new = {"new_password1": "four plain words here", "new_password2": "four plain words here"}
    client.post(form.redirect_chain[-1][0], new)
    assert acts(world.nodal) == [("account.password", "", "KL")]
    assert Entry.objects.get(actor=world.nodal).data == {"by_link": True}


def test_what_is_wrong_with_a_password_is_said_in_hindi_too(world: World) -> None:
    client = world.client(world.nodal)
    client.post("/accounts/me/", {"part": "profile", "name": "n", "name_hi": "", "language": "hi"})
    for new in ("short", "password1234", world.nodal.email):
        form = {"part": "password", "old_password": PASSWORD, "new_password1": new, "new_password2": new}
        page = client.post("/accounts/me/", form).content.decode()
        [errors] = re.findall(r'id="id_new_password2_error">([^<]+)<', page)
        assert not re.search(r"\b(This|The|password|character)\b", errors), errors
    too_long = client.post("/accounts/me/", {"part": "token", "name": "x" * 101}).content.decode()
    assert "Ensure" not in too_long and "100" in too_long


def test_a_form_without_its_cookie_is_told_what_to_do_and_nothing_of_the_inside(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = sign_in(client, world.nodal.email)
    page = answer.content.decode()
    assert answer.status_code == 403 and "Nothing was saved" in page
    assert "CSRF" not in page and "django" not in page.lower()
