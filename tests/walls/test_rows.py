"""The second wall: what PostgreSQL itself refuses, with the first wall switched off on purpose."""

import ast
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import cache
from django.core.management import call_command
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext
from psycopg2 import sql

from nudm.accounts.models import User
from nudm.core import grants, scope, wall
from nudm.core.errors import Refused
from reports.actions import reports
from reports.actions.reports import Asked
from states import access
from states.actions import rights_changed
from states.drafts import save_draft
from states.models import Appointment, Counter, Entry, State
from states.past import keep
from tests.memory import forget
from tests.web_role import WEB, web_role
from tests.world import World, day
from ulbs.actions import events
from ulbs.models import Batch, Ulb
from ulbs.rules.events import EventKind

HERE = Path(__file__).resolve().parent.parent.parent
pytestmark = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="SQLite has no second wall; it serves one machine"
)

# Work of the system itself, for no person. A new one is a decision, and stands here.
SYSTEM = {
    "nudm/core/jobs.py": 2,
    "reports/actions/notices.py": 1,
    "reports/actions/reminders.py": 4,
    "reports/actions/papers.py": 1,
    "reports/actions/schedules.py": 3,
    "reports/actions/vacancies.py": 1,
    "reports/management/commands/demo.py": 1,
    "reports/management/commands/render_report.py": 1,
    "phases/actions/happened.py": 1,
    "states/actions.py": 4,
    "states/anchors.py": 1,
    "states/drafts.py": 1,
    "ulbs/actions/import_lgd.py": 3,
    "ulbs/actions/import_tenants.py": 1,
    "ulbs/actions/imports.py": 1,
    "ulbs/actions/readiness.py": 1,
    "ulbs/actions/register.py": 2,
    "ulbs/management/commands/roll_up.py": 1,
    "states/yearly.py": 1,
    "states/management/commands/forget_code.py": 1,
    "states/management/commands/load_states.py": 1,
    "states/management/commands/reseal.py": 1,
    "states/management/commands/seat_head.py": 1,
}
LISTS = (
    "/states/people/",
    "/reports/",
    "/reports/schedules/",
    "/reports/deliveries/",
    "/reports/inbox/",
    "/api/v1/states/",
    "/api/v1/items/",
    "/api/v1/ulbs/",
    "/api/v1/reports/",
    "/api/v1/figures/",
    "/api/v1/deployments/",
    "/api/v1/national/common/",
    "/api/v1/ulbs/250101/",
    "/api/v1/ulbs/250101/milestones/",
    "/states/MH/",
    "/phases/MH/1/",
    "/phases/MH/evidence/",
    "/phases/MH/records/",
    "/ulbs/MH/",
    "/ulbs/MH/matrix/",
    "/ulbs/MH/250101/",
    "/ulbs/MH/batches/",
    "/ulbs/MH/registers/",
    "/ulbs/MH/figures/",
    "/ulbs/calendar/?when=held",
)


def everything(model: Any, user: Any) -> Any:
    """What takes the place of `states.access.visible` when the first wall is off."""
    return model._default_manager.all()


def tenants() -> list[Any]:
    """Every model that has a tenant."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if not model._meta.proxy and wall.path_of(model) is not None
    ]


@pytest.fixture
def busy(world: World) -> World:
    """Rows of both states in as many tables as a few acts fill."""
    for state, by in ((world.kl, world.nodal), (world.mh, world.neighbour)):
        item = world.submitted(state=state)
        save_draft(access.held_posts(by)[0], f"item:{item.pk}", {"text": "draft"})
        keep([Batch.objects.create(state=state, number=1)])
        meeting = {"title": f"Review of {state.name}", "on": day(9), "minutes": "Well", "attended": 5}
        events.save_event(state, EventKind.MEETING, meeting, close=True, by=by)
        reports.ask(Asked("brief", state, "en"), by=by)
    for ulb in (world.ulb, world.far_ulb):
        world.live(ulb)
    return world


def of_the_neighbour(model: Any, world: World) -> int:
    """How many rows of a table are the neighbour's, as far as whoever asks may look into it."""
    try:
        with transaction.atomic():
            return int(model._base_manager.filter(**{str(wall.path_of(model)): world.mh.pk}).count())
    except ProgrammingError as error:
        assert "permission denied" in str(error)
        return 0


def test_the_database_shows_no_row_of_a_neighbour_in_any_table(busy: World) -> None:
    there = {model: of_the_neighbour(model, busy) for model in tenants()}
    held = {model: count for model, count in there.items() if count}
    assert len(held) >= 15, "too few tables hold a row to be seen"
    for person in (busy.nodal, busy.unit, busy.agency, busy.town):
        with web_role(), scope.of(person):
            seen = {model._meta.label: of_the_neighbour(model, busy) for model in there}
            own = State.objects.get().pk
        assert (own, {label for label, count in seen.items() if count}) == (busy.kl.pk, set()), person
    with web_role(), scope.of(busy.reviewer):
        national = {model: count for model in there if (count := of_the_neighbour(model, busy))}
    assert national == held


def test_with_the_first_wall_off_no_page_shows_a_neighbour(
    busy: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [busy.mh.name, busy.mh.name_hi, busy.far_ulb.name, "250101", "letter for MH", "nodal.mh"]
    client, neighbour = busy.client(busy.nodal), busy.client(busy.neighbour)
    monkeypatch.setattr(access.visible, "__code__", everything.__code__)
    monkeypatch.setattr(access, "_exists_for", lambda held, row, state_id: True)
    found, shown = [], 0
    for url in LISTS:
        cache.clear()
        forget()
        page = client.get(url).content.decode().replace(url, "")
        found += [(url, word) for word in words if word in page]
        shown += any(word in neighbour.get(url).content.decode() for word in words)
    assert found == []
    assert shown > len(LISTS) / 2, "the neighbour's own pages hold none of the words that were looked for"


def test_a_neighbours_row_cannot_be_written(busy: World) -> None:
    with web_role(), scope.of(busy.nodal):
        assert Ulb.objects.filter(pk=busy.far_ulb.pk).update(name="Taken") == 0
        assert Ulb.objects.filter(pk=busy.ulb.pk).update(name="Own") == 1
        for ulb in (
            Ulb(state=busy.mh, lgd_code=250999, name="Foreign", type_code=5),
            # Its own state, but in a neighbour's batch: a foreign key is checked past all policies.
            Ulb(
                state=busy.kl,
                lgd_code=250998,
                name="Mixed",
                type_code=5,
                batch=of_owner(Batch, busy.mh),
            ),
        ):
            with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
                ulb.save()


def of_owner(model: Any, state: State) -> Any:
    """A row of a state by its number alone, as a forged form would name it."""
    return model(pk=KNOWN[model, state.iso])


KNOWN: dict[Any, int] = {}


@pytest.fixture(autouse=True)
def _known(busy: World) -> None:
    for state in (busy.kl, busy.mh):
        KNOWN[Batch, state.iso] = Batch.objects.get(state=state).pk


def test_without_a_scope_no_tenants_row_is_read(busy: World) -> None:
    for model in (Ulb, Entry, State):
        with web_role(), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            model._base_manager.count()


def test_a_scope_ends_with_its_work(busy: World) -> None:
    with web_role():
        with scope.of(busy.nodal):
            assert Ulb.objects.count() == 1
            with scope.of(busy.neighbour):
                assert set(Ulb.objects.values_list("state__iso", flat=True)) == {"MH"}
            assert set(Ulb.objects.values_list("state__iso", flat=True)) == {"KL"}
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            Ulb.objects.count()


@pytest.mark.django_db(transaction=True)
def test_what_is_looked_up_before_a_transaction_leaves_no_role_behind(
    transactional_db: Any, world: World
) -> None:
    with web_role():
        for officer, iso in ((world.nodal, "KL"), (world.neighbour, "MH"), (world.nodal, "KL")):
            access.forget(officer)
            with scope.of(officer):
                assert set(Ulb.objects.values_list("state__iso", flat=True)) == {iso}
            for model in (Ulb, Appointment, Counter):
                with pytest.raises(ProgrammingError, match="permission denied"):
                    model.objects.count()
        access.forget(world.nodal)
        with CaptureQueriesContext(connection) as asked, scope.of(world.nodal):
            pass
    assert len([query for query in asked if "SELECT" in query["sql"]]) == 1


def test_a_relieved_officer_reaches_nothing_at_once(busy: World) -> None:
    access.held_posts(busy.unit)[0].appointments.all().update(until=day(1))
    rights_changed()
    access.forget(busy.unit)
    with web_role(), scope.of(busy.unit):
        assert Ulb.objects.count() == 0


def test_the_start_is_refused_before_a_gap_in_the_wall(busy: World) -> None:
    owner = " ".join(grants.faults())
    assert "superuser" in owner and "owns the tables" in owner
    with web_role():
        assert list(grants.faults()) == []
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE ulbs_batch DISABLE ROW LEVEL SECURITY")
        cursor.execute(f"GRANT DELETE ON states_entry TO {WEB}")
    with web_role():
        told = " ".join(grants.faults())
    assert "ulbs_batch lacks a policy" in told and "rights of its own on states_entry: DELETE" in told
    call_command("grant_database")
    with web_role():
        assert list(grants.faults()) == []


def test_what_is_written_once_is_changed_by_no_role_that_a_request_can_take(busy: World) -> None:
    tried = 0
    for table in wall.tables(WEB):
        for column in sorted(table.fixed):
            for role in (WEB, *wall.ROLES):
                change = sql.SQL("SET LOCAL ROLE {}; UPDATE {} SET {} = {}")
                named = change.format(*map(sql.Identifier, (role, table.name, column, column)))
                denied = pytest.raises(ProgrammingError, match="denied")
                with web_role(), denied, transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(named)
                tried += 1
    assert tried > 100
    with web_role(), scope.national():
        assert User.objects.filter(pk=busy.nodal.pk).update(language="hi") == 1


def test_a_right_that_was_given_by_hand_keeps_the_web_server_from_starting(busy: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("GRANT UPDATE (is_superuser) ON accounts_user TO r_national")
        cursor.execute(f"ALTER ROLE {WEB} INHERIT; REVOKE r_state FROM {WEB}")
    with web_role():
        told = " ".join(grants.faults())
    assert "accounts_user.is_superuser" in told and "INHERIT" in told and "may not take r_state" in told
    call_command("grant_database")
    with web_role():
        assert list(grants.faults()) == []


def test_an_owner_who_may_make_no_roles_says_what_is_wrong_with_them(busy: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE plain_owner; GRANT r_person, r_state, r_national TO plain_owner")
        cursor.execute(f"ALTER ROLE {WEB} NOLOGIN; GRANT pg_read_all_data TO r_state")
        cursor.execute("REVOKE r_national FROM plain_owner; SET ROLE plain_owner")
        with pytest.raises(Refused, match="make_database") as refused:
            grants.repair_roles(WEB)
        cursor.execute("RESET ROLE")
    for words in (
        f"{WEB} should be LOGIN", "r_state belongs to pg_read_all_data", "plain_owner does not belong",
    ):  # fmt: skip
        assert words in refused.value.message


@pytest.mark.parametrize(
    "command", ["verify_audit", "rescan", "report_key show", "migrate", "backup", "clean_store"]
)
def test_a_command_of_the_wrong_role_says_so_in_words(tmp_path: Path, command: str) -> None:
    known = connection.settings_dict
    place = {
        "DATABASE_URL": f"postgres://{WEB}:x@{known['HOST']}:{known['PORT']}/{known['NAME']}",
        "SECRET_KEY": "k" * 60,
        "CLAMAV_URL": "tcp://127.0.0.1:1",
        "VAR_DIR": str(tmp_path),
        "PATH": os.environ["PATH"],
    }
    words = [sys.executable, "manage.py", *command.split()]
    done = subprocess.run(words, cwd=HERE, env=place, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == 0 or "as the owner of the tables" in done.stderr, done.stderr


def test_a_production_start_on_postgresql_is_told_of_nothing(tmp_path: Path) -> None:
    known = connection.settings_dict
    place = {
        "SITE_URL": "https://tracker.example.in",
        "SECRET_KEY": "Kq7-" * 4 + "bX2_mZ9w" * 6,
        "ALLOWED_HOSTS": "tracker.example.in",
        "TRUSTED_PROXIES": "10.1.0.0/16",
        "CLAMAV_URL": "unix:///run/clamav/clamd.sock",
        "DATABASE_URL": f"postgres://{WEB}:x@{known['HOST']}:{known['PORT']}/{known['NAME']}",
        "VAR_DIR": str(tmp_path),
        "PATH": os.environ["PATH"],
    }
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, cwd=HERE, env=place, capture_output=True, text=True, check=False)
    assert (done.stderr, done.returncode) == ("", 0)
    assert "no issues (0 silenced)" in done.stdout or "1 silenced" in done.stdout, done.stdout


def test_work_without_a_person_is_what_is_listed() -> None:
    found = {}
    for app in ("nudm", "states", "ulbs", "phases", "reports"):
        for path in sorted((HERE / app).rglob("*.py")):
            calls = [
                node
                for node in ast.walk(ast.parse(path.read_text()))
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "scope.national"
            ]
            if calls:
                found[str(path.relative_to(HERE))] = len(calls)
    assert found == SYSTEM


def test_every_table_is_somebodys() -> None:
    assert wall.undecided() == []
