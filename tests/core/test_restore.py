"""What is put back is what was backed up; what does not fit is left alone."""

import json
import uuid
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection

from nudm.core import backup, databases, mail, restore
from nudm.core.errors import Refused
from phases.models import Evidence
from states.models import Entry
from tests.core.elsewhere import SEEN, Elsewhere, lively, taken
from tests.web_role import WEB

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_row_and_every_file_of_a_restored_database_is_the_one_that_was(
    tmp_path: Path, elsewhere: Elsewhere
) -> None:
    lively()
    printed = elsewhere.restore(taken(tmp_path / "backup"), "--verbosity", "2")
    assert f"{Entry.objects.count():>10}  states_entry" in printed
    out = StringIO()
    call_command("dumpdata", exclude=["core.heartbeat"], stdout=out)
    assert elsewhere.dumped() == json.loads(out.getvalue())
    for name in [*Evidence.objects.values_list("file", flat=True)]:
        assert (elsewhere.files / name).read_bytes() == default_storage.open(name).read()


def test_a_restored_database_goes_on_where_the_other_stood(tmp_path: Path, elsewhere: Elsewhere) -> None:
    lively()
    elsewhere.restore(taken(tmp_path / "backup"))
    assert elsewhere.run("manage.py", "migrate", "--check").returncode == 0
    code = (
        "import django; django.setup()\nfrom states.models import Entry\nfrom states.actions import record\n"
        "assert record('drill').pk > max(Entry.objects.exclude(verb='drill').values_list('pk', flat=True))"
    )
    done = elsewhere.run("-c", code)
    assert done.returncode == 0, done.stderr


def test_a_database_that_is_not_empty_is_kept_unless_forced(tmp_path: Path, elsewhere: Elsewhere) -> None:
    world = lively()
    first = taken(tmp_path / "first")
    before = set(Evidence.objects.values_list("pk", flat=True))
    world.letter(world.kl, world.nodal, "after the first")
    second = taken(tmp_path / "second")
    elsewhere.restore(second)
    assert "--force" in elsewhere.refusal(first)
    name = Evidence.objects.get(pk=min(before)).file.name
    (elsewhere.files / name).write_bytes(b"another file under the same name")
    elsewhere.restore(first, "--force")
    seen = json.loads(elsewhere.run("-c", SEEN).stdout)
    assert {pk for pk, _told, _found in seen["files"]} == before
    assert all(told == found for _pk, told, found in seen["files"])


def test_a_database_that_somebody_uses_is_not_replaced(tmp_path: Path, elsewhere: Elsewhere) -> None:
    lively()
    source = taken(tmp_path / "backup")
    elsewhere.restore(source)
    code = (
        "import django, sys; django.setup()\nfrom django.db import transaction\n"
        "from states.models import State\n"
        "with transaction.atomic():\n    State.objects.update(facts_version=77)\n"
        "    print('in use', flush=True); sys.stdin.read()"
    )
    busy = elsewhere.start("-c", code)
    assert busy.stdout is not None and busy.stdout.readline() == "in use\n"
    assert "Stop web, worker and beat" in elsewhere.refusal(source, "--force")
    busy.communicate()
    assert {
        row["fields"]["facts_version"] for row in elsewhere.dumped() if row["model"] == "states.state"
    } == {77}


def test_a_storage_that_holds_other_files_of_these_names_is_kept(
    tmp_path: Path, elsewhere: Elsewhere
) -> None:
    lively()
    source = taken(tmp_path / "backup")
    name = Evidence.objects.all()[0].file.name
    (elsewhere.files / name).parent.mkdir(parents=True)
    (elsewhere.files / name).write_bytes(b"another")
    assert name in elsewhere.refusal(source)
    assert (elsewhere.files / name).read_bytes() == b"another"


def test_a_backup_that_is_damaged_or_does_not_fit_changes_nothing(
    tmp_path: Path, elsewhere: Elsewhere
) -> None:
    lively()
    source = taken(tmp_path / "backup")
    manifest = source / backup.MANIFEST
    whole = json.loads(manifest.read_text())
    for change, word in (
        ({"format": 99}, "format 99"),
        ({"engine": "oracle"}, "oracle"),
        ({"migrations": [["phases", "9999_of_tomorrow"]]}, "phases.9999_of_tomorrow"),
        ({"surprise": 1}, "cannot be read"),
    ):
        manifest.write_text(json.dumps(whole | change))
        with pytest.raises(Refused, match=word):
            restore.put_back(source, WEB)
    manifest.write_text(json.dumps(whole))
    for path in (source / databases.file_name(), next(source.glob("files/evidence/KL/*"))):
        content = path.read_bytes()
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        with pytest.raises(Refused, match=f"damaged: {path.name}"):
            restore.put_back(source, WEB)
        path.unlink()
        with pytest.raises(Refused, match=f"damaged: {path.name}"):
            restore.put_back(source, WEB)
        path.write_bytes(content)
    elsewhere.restore(source)
    manifest.unlink()
    assert backup.MANIFEST in elsewhere.refusal(source, "--force")


def test_a_table_that_comes_back_with_other_rows_is_named(tmp_path: Path, elsewhere: Elsewhere) -> None:
    lively()
    source = taken(tmp_path / "backup")
    manifest = source / backup.MANIFEST
    told = json.loads(manifest.read_text())
    told["tables"]["phases_step"] += 1
    told["tables"]["of_yesterday"] = 3
    manifest.write_text(json.dumps(told))
    words = elsewhere.refusal(source)
    assert "phases_step" in words and "of_yesterday: 3 rows" in words and "states_entry" not in words


def test_mails_that_wait_in_a_restored_database_are_not_sent_twice(
    tmp_path: Path, elsewhere: Elsewhere
) -> None:
    for kind in ("hold", "retry"):
        mail.post(f"drill:{kind}", "a@example.in", "subject", "text", kind=kind)
    assert "1 mails may have gone out" in elsewhere.restore(taken(tmp_path / "backup"))
    mails = {
        row["fields"]["kind"]: row["fields"] for row in elsewhere.dumped() if row["model"] == "core.outbox"
    }
    assert (mails["hold"]["status"], mails["retry"]["status"]) == ("unknown", "queued")


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no roles")
def test_a_restore_needs_no_role_and_repairs_those_that_are_wrong(
    tmp_path: Path, elsewhere: Elsewhere
) -> None:
    lively()
    source = taken(tmp_path / "backup")
    web = f"web_{uuid.uuid4().hex}"
    # Made by hand, as `CREATE ROLE` makes one: it may not sign in, and inherits.
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {web}; GRANT pg_read_all_data TO {web}")
    elsewhere.environment["WEB_DATABASE_URL"] = elsewhere.environment["DATABASE_URL"].replace(
        "nudm@", f"{web}:secret@"
    )
    elsewhere.restore(source)
    assert elsewhere.run("manage.py", "grant_database").returncode == 0
    as_web = Elsewhere(tmp_path / "web", elsewhere.environment["WEB_DATABASE_URL"])
    try:
        told = as_web.run("-c", FAULTS)
        assert (told.returncode, told.stdout.strip()) == (0, "[]"), told
    finally:
        elsewhere.run("-c", DROP.format(web=web))
        with connection.cursor() as cursor:
            cursor.execute(f"DROP OWNED BY {web}; DROP ROLE {web}")


FAULTS = "import django; django.setup()\nfrom nudm.core import grants\nprint(list(grants.faults()))"
DROP = (
    "import django; django.setup()\nfrom django.db import connection\n"
    "connection.cursor().execute('DROP OWNED BY {web}')"
)
