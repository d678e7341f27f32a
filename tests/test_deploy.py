"""What is deployed: settings, compose file, checks, health."""

import inspect
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import kombu
import pytest
from django.conf import settings as settings_
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from nudm.accounts.models import User
from nudm.celery import app
from nudm.conf.environment import address, kept
from nudm.core import backup, checks, health, heartbeats, jobs
from nudm.core.models import Heartbeat, Job, Outbox
from tests.compose import compose
from tests.world import World
from tools.test import free_port, wait_for

HERE = Path(__file__).resolve().parent.parent
SETTINGS = HERE / "nudm/settings.py"
READING = r'(?:env(?:\.\w+)?|address|secret)\(\s*"(\w+)"'
SETTINGS = HERE / "nudm/settings.py"
READING = r'(?:env(?:\.\w+)?|address|secret)\(\s*"(\w+)"'


def test_every_setting_is_in_the_example_and_the_other_way_round() -> None:
    read = set(re.findall(READING, SETTINGS.read_text()))
    outside = set(re.findall(r"\${(\w+)", (HERE / "docker-compose.yml").read_text()))
    named = set(re.findall(r"^(\w+)=", (HERE / ".env.example").read_text(), re.M))
    assert named - read - outside == {"COMPOSE_PROFILES"} and (read | outside) - named == set()


SECRETS = {
    "ADMIN_DATABASE_PASSWORD": "of the superuser",
    "OWNER_DATABASE_PASSWORD": "of the owner",
    "DATABASE_PASSWORD": "p@ss/w:rd#?$",
    "STORAGE_ROOT_PASSWORD": "of the storage",
    "STORAGE_PASSWORD": "of the bucket's key",
}
LEAST = {
    "SECRET_KEY": "Kq7-" * 4 + "bX2_mZ9w" * 6,
    "SITE_URL": "https://tracker.example.in",
    "ALLOWED_HOSTS": "tracker.example.in",
    "EMAIL_URL": "smtp+tls://nudm@relay.example.in:587",
    **SECRETS,
}
SERVED = ("web", "worker", "beat")
ONCE = {"roles", "prepare", "bucket", "manage"}


def test_the_compose_file_fits_the_compose_specifications_schema() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run(
        [*command, "docker-compose.yml"], cwd=HERE, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_compose_file_names_what_exists() -> None:
    book = compose(LEAST)
    services = book["services"]
    assert services.keys() >= {
        "postgres",
        "redis",
        "web",
        "worker",
        "beat",
        "nginx",
        "storage",
        "clamav",
        "mail",
    }
    told = set(re.findall(r"^(\w+)=", (HERE / ".env.example").read_text(), re.M))
    for name, service in services.items():
        assert ":" in service["image"], f"{name} is not pinned"
        assert set(service.get("depends_on", [])) <= services.keys(), name
        if "build" in service:
            assert set(service["environment"]) <= told, name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            known = source in book["volumes"] or (HERE / source).exists()
            assert known or source in {"./backups", "./deploy/tls"}, (name, source)


def test_every_service_says_whether_it_is_well_and_keeps_its_logs() -> None:
    for name, service in compose()["services"].items():
        assert name in ONCE or service["healthcheck"]["test"][0] == "CMD", name
        assert service["logging"]["driver"] == "${LOG_DRIVER:-journald}", name


def test_a_service_has_the_secrets_that_it_needs_and_no_other() -> None:
    services = compose(LEAST)["services"]
    has = {
        name: {key for key, text in SECRETS.items() if text in service.get("environment", {}).values()}
        for name, service in services.items()
    }
    web, files = "DATABASE_PASSWORD", "STORAGE_PASSWORD"
    assert has == {
        "postgres": {"ADMIN_DATABASE_PASSWORD"},
        "roles": {"ADMIN_DATABASE_PASSWORD", "OWNER_DATABASE_PASSWORD", web},
        "prepare": {"OWNER_DATABASE_PASSWORD", files},
        "manage": {"OWNER_DATABASE_PASSWORD", files},
        "web": {web, files},
        "worker": {web, files},
        "beat": {web},
        "storage": {"STORAGE_ROOT_PASSWORD"},
        "bucket": {"STORAGE_ROOT_PASSWORD", files},
        **{name: set() for name in ("redis", "clamav", "mail", "nginx")},
    }
    assert all("env_file" not in service for service in services.values())
    assert all("EMAIL_URL" in services[name]["environment"] for name in ("worker", "manage"))


def test_what_signs_reports_and_proves_the_log_is_out_of_reach_of_what_people_reach() -> None:
    """The private key of the reports, and the heads of the audit log outside the tables."""
    services = compose(LEAST | {"REPORT_KEY": "the private key"})["services"]
    held = {name for name, service in services.items() if "var:/var/lib/nudm" in service.get("volumes", [])}
    told = {
        name
        for name, service in services.items()
        if "the private key" in service.get("environment", {}).values()
    }
    assert held == told == {"worker", "manage"}


@pytest.mark.parametrize(
    ("name", "text", "services"),
    [
        ("EMAIL_URL", "smtp://relay.nic.example.in:25", ("worker", "manage")),
        ("CLAMAV_URL", "tcp://10.0.0.9:3310", SERVED),
        ("STORAGE_URL", "s3://key@store.example.in:443/files", ("web", "worker", "prepare", "manage")),
        ("DATABASE_URL", "postgres://web_role@10.0.0.5:5432/tracker", SERVED),
        ("CELERY_BROKER_URL", "redis://10.0.0.6:6379/1", SERVED),
        ("TRUSTED_PROXIES", "10.0.0.7", SERVED),
        ("OWNER_DATABASE_URL", "postgres://owner@10.0.0.5:5432/tracker", ()),
    ],
)
def test_what_the_env_file_names_is_what_is_used(name: str, text: str, services: tuple[str, ...]) -> None:
    book = compose(LEAST | {name: text})["services"]
    assert all(book[service]["environment"][name] == text for service in services)
    if name == "OWNER_DATABASE_URL":
        assert {book[service]["environment"]["DATABASE_URL"] for service in ("prepare", "manage")} == {text}
    if name == "DATABASE_URL":
        assert {book[s]["environment"]["WEB_DATABASE_URL"] for s in ("roles", "prepare", "manage")} == {text}


# The image has its own folders; whom the owner makes is who web signs in as.
OF_COMPOSE = {"VAR_DIR", "STATIC_ROOT", "WEB_DATABASE_URL", "WEB_DATABASE_PASSWORD"}


@pytest.mark.parametrize("name", sorted(set(re.findall(READING, SETTINGS.read_text())) - OF_COMPOSE))
def test_every_setting_of_the_env_file_reaches_a_service_that_reads_it(name: str) -> None:
    text = f"the value of {name}"
    services = compose(LEAST | {name: text})["services"].values()
    assert any(service.get("environment", {}).get(name) == text for service in services)


@pytest.mark.parametrize("name", ["SECRET_KEY", "EMAIL_URL", "SITE_URL", *SECRETS])
def test_compose_does_not_start_without(name: str) -> None:
    with pytest.raises(KeyError, match=name):
        compose(LEAST | {name: ""})


def test_the_mailbox_for_trials_is_not_started_by_itself() -> None:
    book = compose(LEAST)["services"]
    assert book["mail"]["profiles"] == ["trial"]
    assert not any("mail:1025" in str(service.get("environment")) for service in book.values())


READ = """
import json, nudm.settings as s
print(json.dumps([s.DATABASES["default"], s.STORAGES["default"]["OPTIONS"], s.CELERY_BROKER_URL,
                  s.EMAIL_HOST_PASSWORD, s.SECRET_KEY]))
"""


@pytest.mark.parametrize("password", ["p@ss/w:rd#?&=%41", "$HOME", "पासवर्ड +", "[x]"])
def test_a_password_may_have_any_signs(tmp_path: Path, password: str) -> None:
    given = {
        "DATABASE_URL": "postgres://web@db.example.in:5433/nudm",
        "STORAGE_URL": "s3://key@store.example.in/nudm",
        "CELERY_BROKER_URL": "redis://redis:6379/0",
        "EMAIL_URL": "smtp+tls://user@relay.example.in:587",
        "SECRET_KEY": password,
        "VAR_DIR": str(tmp_path),
        "PATH": os.environ["PATH"],
    }
    given |= {f"{name}_PASSWORD": password for name in ("DATABASE", "STORAGE", "CELERY_BROKER", "EMAIL")}
    done = subprocess.run(
        [sys.executable, "-c", READ], cwd=HERE, env=given, capture_output=True, text=True, check=True
    )
    database, storage, broker, mail, key = json.loads(done.stdout)
    assert [database[name] for name in ("USER", "PASSWORD", "HOST", "PORT", "NAME")] == [
        "web", password, "db.example.in", 5433, "nudm",
    ]  # fmt: skip
    assert storage["secret_key"] == password and storage["endpoint_url"] == "https://store.example.in:443"
    assert mail == key == password
    assert kombu.Connection(broker).password == password


@pytest.mark.parametrize("name", ["DATABASE", "STORAGE", "CELERY_BROKER", "EMAIL"])
@pytest.mark.parametrize("password", ["p#ss", "p/ss", "1/2", "[p", "p?ss"])
def test_an_address_that_its_password_tears_apart_says_where_to_put_it(
    tmp_path: Path, name: str, password: str
) -> None:
    scheme = {"DATABASE": "postgres", "STORAGE": "s3", "CELERY_BROKER": "redis", "EMAIL": "smtp"}[name]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(f"{name}_URL", f"{scheme}://user:{password}@host.example.in:99/name")
        with pytest.raises(ImproperlyConfigured, match=f"{name}_PASSWORD"):
            address(f"{name}_URL")


@pytest.mark.parametrize(
    "given",
    [
        {"DATABASE_URL": "postgres://u@127.0.0.1:1/x"},
        {"CELERY_BROKER_URL": "redis://127.0.0.1:1/0"},
        {"STORAGE_URL": "s3://k:s@127.0.0.1:1/b"},
        {"ALLOWED_HOSTS": "*"},
        {"SITE_URL": "https://tracker.example.in"},
        {"TRUSTED_PROXIES": "10.0.0.0/8"},
        {},
    ],
)
def test_an_empty_key_is_taken_by_the_embedded_default_only(tmp_path: Path, given: dict[str, str]) -> None:
    place = {"VAR_DIR": str(tmp_path), "PATH": os.environ["PATH"], "SECRET_KEY": " "}
    command = [sys.executable, "manage.py", "check"]
    done = subprocess.run(command, cwd=HERE, env=place | given, capture_output=True, text=True, check=False)
    if given:
        assert done.returncode == 1 and "SECRET_KEY is not set" in done.stderr
        assert "Traceback" not in done.stderr and not (tmp_path / "secret_key").exists()
    else:
        assert done.returncode == 0
        assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_the_image_holds_no_key() -> None:
    built = (HERE / "Dockerfile").read_text()
    assert "VAR_DIR=/app/var" in built and "rm -rf /app/var" in built
    assert ".env" in (HERE / ".dockerignore").read_text().splitlines()
    assert "var:/var/lib/nudm" in compose()["services"]["worker"]["volumes"], "the report key is kept"


def test_two_processes_that_make_a_key_at_once_have_the_same(tmp_path: Path) -> None:
    path, made = tmp_path / "key", iter(range(1000))
    with ThreadPoolExecutor(8) as threads:
        keys = set(threads.map(lambda _n: kept(path, lambda: f"key {next(made)}"), range(50)))
    assert len(keys) == 1 and [one.name for one in tmp_path.iterdir()] == ["key"]


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"DEBUG": "1"}, "DEBUG"),
        ({"DEMO": "1"}, "DEMO"),
        ({"SITE_URL": "http://tracker.example.in"}, "https"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "another.example.in"}, "does not name the host of SITE_URL"),
        ({"SECRET_KEY": "abab" * 20}, "SECRET_KEY"),
        ({"SECRET_KEY_FALLBACKS": "short"}, "SECRET_KEY_FALLBACKS"),
        ({"ALLOW_SQLITE": "0", "DATABASE_URL": ""}, "SQLite"),
        ({"TRUSTED_PROXIES": ""}, "TRUSTED_PROXIES"),
        ({"CLAMAV_URL": ""}, "viruses"),
        ({"CLAMAV_URL": "localhost:3310"}, "viruses"),
        ({"VAR_DIR": "static/var"}, "everybody reads"),
        ({}, ""),
    ],
)
def test_a_public_start_is_refused_when_unsafe(tmp_path: Path, changed: dict[str, str], word: str) -> None:
    shown = HERE / "static" / tmp_path.name
    safe = {
        "SITE_URL": "https://tracker.example.in",
        "SECRET_KEY": "Kq7-" * 4 + "bX2_mZ9w" * 6,
        "ALLOWED_HOSTS": "tracker.example.in",
        "ALLOW_SQLITE": "1",
        "TRUSTED_PROXIES": "10.1.0.0/16",
        "CLAMAV_URL": "unix:///run/clamav/clamd.sock",
        "VAR_DIR": str(tmp_path),
        "PATH": os.environ["PATH"],
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy"],
        cwd=HERE,
        env=safe | {name: value.replace("static/var", str(shown)) for name, value in changed.items()},
        capture_output=True,
        text=True,
        check=False,
    )
    shutil.rmtree(shown, ignore_errors=True)
    assert (done.returncode != 0) == bool(word), done.stderr
    assert word in done.stderr
    assert word or "WARNINGS" not in done.stderr, done.stderr


@pytest.mark.parametrize(
    ("hosts", "more", "word"),
    [
        ("*", {"SECRET_KEY": "short"}, "SECRET_KEY"),
        ("*", {"DEMO": True}, "DEMO"),
        ("localhost,10.1.2.3", {}, "https"),
        (".example.in", {}, "https"),
        ("0.0.0.0", {}, "https"),
        ("localhost", {"TRUSTED_PROXIES": ["10.1.0.0/16"]}, "https"),
        ("localhost,127.3.2.1,[::1],a.localhost", {"TRUSTED_PROXIES": ["127.0.0.0/8"]}, ""),
    ],
)
def test_a_start_is_public_as_soon_as_others_may_be_answered(
    settings: Any, hosts: str, more: dict[str, Any], word: str
) -> None:
    settings.SITE_URL, settings.ALLOWED_HOSTS = "http://127.0.0.1:8000", hosts.split(",")
    for name, value in more.items():
        setattr(settings, name, value)
    said = " ".join(str(fault) for fault in checks.safe_to_serve())
    assert bool(said) == bool(word) and word in said


@pytest.mark.parametrize("hosts", ["127.8.9.1,tracker.localhost,[::1]"])
def test_a_machine_for_itself_needs_none_of_that(tmp_path: Path, hosts: str) -> None:
    place = {"ALLOWED_HOSTS": hosts, "VAR_DIR": str(tmp_path), "PATH": os.environ["PATH"]}
    command = [sys.executable, "-c", "import nudm.wsgi"]
    done = subprocess.run(command, cwd=HERE, env=place, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_server_that_listens_to_others_is_public_whatever_the_settings_say(tmp_path: Path) -> None:
    place = {"VAR_DIR": str(tmp_path), "PATH": os.environ["PATH"]}
    command = [Path(sys.executable).parent / "gunicorn", "nudm.wsgi", "--bind", f"0.0.0.0:{free_port()}"]
    done = subprocess.run(
        command, cwd=HERE, env=place, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode != 0 and "listens on 0.0.0.0" in done.stderr and "https" in done.stderr


def test_a_rotated_key_keeps_people_signed_in_until_the_former_one_is_dropped(
    world: World, settings: Any
) -> None:
    client, former = world.client(world.nodal), settings.SECRET_KEY
    left = world.client(world.nodal)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 60, [former]
    assert client.get("/states/KL/").status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert client.get("/states/KL/").status_code == 200, "the session was signed anew"
    assert left.get("/states/KL/").status_code == 302


def test_health_answers_a_stranger(world: World, scanner: str, settings: Any) -> None:
    client = world.client(None)
    assert client.get("/healthz").content == b"ok"
    answered = {"database": True, "broker": True, "storage": True, "scanner": True}
    ready = client.get("/readyz")
    told = ready.json()
    ages = told.pop("ages")
    assert (ready.status_code, told) == (503, answered | {"worker": False, "beat": False})
    assert set(ages) == {
        "oldest_job", "oldest_mail", "oldest_unscanned_file", "last_backup", "signatures",
    }  # fmt: skip
    assert ages["oldest_job"] is ages["oldest_mail"] is ages["last_backup"] is None
    up = answered | {"worker": True, "beat": True}
    for role in ("worker", "beat"):
        heartbeats.beat_here(role)
    jobs.enqueue("report", "one")
    jobs.enqueue("scan", "two")
    Job.objects.filter(key="one").update(created_at=timezone.now() - timedelta(seconds=90))
    heartbeats.beat("backup")
    ready = client.get("/readyz")
    told = ready.json()
    ages = told.pop("ages")
    assert (ready.status_code, told) == (200, up)
    assert 90 <= ages["oldest_job"] < 120 and ages["oldest_unscanned_file"] < 30 > ages["last_backup"]
    settings.CLAMAV_URL = ""
    told = client.get("/readyz").json()
    assert told["scanner"] == "not configured" and told["ages"]["signatures"] is None
    for role in ("worker", "beat"):
        name = f"{role}@{socket.gethostname()}"
        Heartbeat.objects.filter(name=name).update(at=timezone.now() - timedelta(minutes=2))
        ready = client.get("/readyz")
        assert ready.status_code == 503 and ready.json()[role] is False
        heartbeats.beat_here(role)


@pytest.mark.django_db
def test_a_folder_of_files_that_cannot_be_written_to_is_named(
    client: Any, settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "no_folder").write_text("")
    store = {
        "BACKEND": "nudm.core.store.WholeFiles",
        "OPTIONS": {"location": str(tmp_path / "no_folder/files")},
    }
    settings.STORAGES = settings.STORAGES | {"default": store}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["storage"]) == (503, False)


def test_every_task_that_asks_for_nothing_is_rung_by_the_scheduler() -> None:
    app.loader.import_default_modules()
    ours = {
        name
        for name, task in app.tasks.items()
        if not name.startswith("celery.") and not inspect.signature(task.run).parameters
    }
    rung = {str(entry["task"]) for entry in settings_.CELERY_BEAT_SCHEDULE.values()}
    assert ours == rung and len(rung) >= 7


def test_a_part_that_hangs_does_not_hold_up_the_answer(world: World, settings: Any) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        settings.CLAMAV_URL = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        for _n in range(5):
            ready = world.client(None).get("/readyz")
        assert (ready.status_code, ready.json()["scanner"]) == (503, False)
        assert ready.json()["database"] is True
        assert time.monotonic() - began < 5 * (health.PATIENCE + 4)


def test_metrics_are_for_the_token_or_for_this_machine(world: World, settings: Any) -> None:
    client = world.client(None)
    heartbeats.beat_here("worker")
    jobs.enqueue("report", "one")
    text = client.get("/metrics").content.decode()
    assert 'nudm_up{part="database"} 1' in text and 'nudm_up{part="beat"} 0' in text
    assert 'nudm_processes{role="worker"} 1' in text and 'nudm_jobs{status="queued"} 1' in text
    assert f'nudm_build_info{{version="{backup.version()}"}} 1' in text
    assert re.fullmatch(r'(?:(?:# TYPE \w+ gauge|\w+(?:{\w+="[^"]*"})? \d+)\n)+', text)
    assert client.get("/metrics", HTTP_X_FORWARDED_FOR="127.0.0.1").status_code == 404
    assert client.get("/metrics", REMOTE_ADDR="10.1.2.3").status_code == 404
    settings.METRICS_TOKEN = "a long token"
    assert client.get("/metrics").status_code == 404
    for token, status in (("another", 404), ("a long token", 200)):
        answer = client.get("/metrics", headers={"Authorization": f"Bearer {token}"}, REMOTE_ADDR="10.1.2.3")
        assert answer.status_code == status


def test_an_old_backup_is_told_to_who_checks_and_to_the_operators(world: World, settings: Any) -> None:
    settings.SITE_URL, settings.OPERATORS = "https://tracker.example.in", ["desk@example.in"]
    assert health.warnings() == [], "the installation is new"
    User.objects.update(joined_at=timezone.now() - timedelta(hours=25))
    assert "no backup" in health.warnings()[0]
    heartbeats.beat("backup")
    assert checks.watched_over() == []
    Heartbeat.objects.filter(name="backup").update(at=timezone.now() - timedelta(hours=30))
    (warning,) = checks.watched_over()
    assert "30 hours old" in str(warning) and not warning.is_serious()
    for _hour in range(3):
        health.warn_operators()
    (told,) = Outbox.objects.filter(to="desk@example.in")
    assert "30 hours old" in told.text


def test_the_containers_own_question_is_answered_without_tls(tmp_path: Path) -> None:
    changes = {"SITE_URL": "https://tracker.example.in", "ALLOWED_HOSTS": "tracker.example.in"}
    safe = {
        "SECRET_KEY": "Kq7-" * 4 + "bX2_mZ9w" * 6,
        "ALLOW_SQLITE": "1",
        "CLAMAV_URL": "unix:///run/clamav/clamd.sock",
        "TRUSTED_PROXIES": "10.0.0.0/8",
        "VAR_DIR": str(tmp_path),
        "PATH": os.environ["PATH"],
        "PORT": str(free_port()),
    } | changes
    command = [Path(sys.executable).parent / "gunicorn", "nudm.wsgi", "--bind", f"127.0.0.1:{safe['PORT']}"]
    asked = [sys.executable, "deploy/healthy.py"]
    assert subprocess.run(asked, cwd=HERE, env=safe, check=False, capture_output=True).returncode == 1
    server = subprocess.Popen(command, cwd=HERE, env=safe, stderr=subprocess.DEVNULL)
    try:
        wait_for(int(safe["PORT"]))
        assert subprocess.run(asked, cwd=HERE, env=safe, check=False).returncode == 0
    finally:
        server.terminate()
        server.wait(20)


def test_a_process_does_not_serve_unsafe(tmp_path: Path) -> None:
    unsafe = {
        "SITE_URL": "http://tracker.example.in",
        "SECRET_KEY": "Kq7-" * 4 + "bX2_mZ9w" * 6,
        "VAR_DIR": str(tmp_path),
        "PATH": os.environ["PATH"],
    }
    command = [sys.executable, "-c", "import nudm.wsgi"]
    done = subprocess.run(command, cwd=HERE, env=unsafe, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "SITE_URL is not https" in done.stderr


@pytest.mark.parametrize("program", ["worker", "beat"])
def test_worker_and_scheduler_do_not_start_unchecked_when_the_database_is_down(
    tmp_path: Path, program: str
) -> None:
    place = LEAST | {
        "DATABASE_URL": f"postgres://nudm_web@127.0.0.1:{free_port()}/nudm",
        "TRUSTED_PROXIES": "none",
        "CLAMAV_URL": "tcp://127.0.0.1:1",
        "VAR_DIR": str(tmp_path),
        "PATH": os.environ["PATH"],
    }
    command = [sys.executable, "-m", "celery", "-A", "nudm", program]
    done = subprocess.run(
        command, cwd=HERE, env=place, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode != 0 and "it cannot be said whether this is safe" in done.stderr


@pytest.mark.parametrize("command", [["verify_audit"], ["settle_mail"]])
def test_a_command_without_its_database_says_so_in_words(tmp_path: Path, command: list[str]) -> None:
    place = LEAST | {
        "DATABASE_URL": f"postgres://nudm_web@127.0.0.1:{free_port()}/nudm",
        "TRUSTED_PROXIES": "none",
        "CLAMAV_URL": "tcp://127.0.0.1:1",
        "VAR_DIR": str(tmp_path),
        "PATH": os.environ["PATH"],
    }
    done = subprocess.run(
        [sys.executable, "manage.py", *command], cwd=HERE, env=place, capture_output=True, text=True
    )
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "The database does not answer" in done.stderr


def test_a_scanner_that_does_not_answer_is_named(world: World, no_answer: None) -> None:
    ready = world.client(None).get("/readyz")
    assert (ready.status_code, ready.json()["scanner"]) == (503, False)


def test_pages_carry_their_headers(world: World) -> None:
    answer = world.client(world.nodal).get("/states/KL/")
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy and "unsafe" not in policy
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_cookies_of_a_public_address_are_locked_to_it(tmp_path: Path) -> None:
    told = (
        "from nudm import settings as s; "
        "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.LANGUAGE_COOKIE_NAME, "
        "s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, "
        "s.SESSION_COOKIE_HTTPONLY, s.CSRF_COOKIE_HTTPONLY, s.SESSION_COOKIE_SAMESITE, "
        "s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS >= 31_536_000, s.SECURE_HSTS_INCLUDE_SUBDOMAINS)"
    )
    place = {
        "SITE_URL": "https://tracker.example.in",
        "SECRET_KEY": "k" * 60,
        "VAR_DIR": str(tmp_path),
        "PATH": os.environ["PATH"],
    }
    done = subprocess.run(
        [sys.executable, "-c", told], cwd=HERE, env=place, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [
        "__Host-sessionid", "__Host-csrftoken", "__Host-language",
        "True", "True", "True", "True", "Lax", "True", "True", "True",
    ]  # fmt: skip


def test_a_program_that_does_not_speak_https_is_refused_not_led_on(world: World, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT, settings.SECURE_REDIRECT_EXEMPT = True, ["^api/"]
    client = world.client(world.nodal)
    answer = client.get("/api/v1/states/")
    assert (answer.status_code, answer.json()["code"]) == (403, "https")
    assert client.get("/states/KL/").status_code == 301
    assert client.get("/api/v1/states/", secure=True).status_code == 200


def test_signing_out_takes_everything_along_that_the_browser_kept(world: World) -> None:
    answer = world.client(world.nodal).post("/accounts/logout/")
    assert answer.status_code == 302 and answer.headers["Clear-Site-Data"] == '"cache", "storage"'
