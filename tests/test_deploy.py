"""What is deployed: settings, compose file, checks, health."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.world import World
from tools.test import free_port, wait_for

HERE = Path(__file__).resolve().parent.parent


def test_every_setting_is_in_the_example_and_the_other_way_round() -> None:
    read = set(re.findall(r'env(?:\.\w+)?\(\s*"(\w+)"', (HERE / "nudm/settings.py").read_text()))
    told = set(re.findall(r"^(\w+)=", (HERE / ".env.example").read_text(), re.M))
    assert told - read == set() and read - told == set()


def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((HERE / "docker-compose.yml").read_text()))


def test_the_compose_file_fits_the_compose_specifications_schema() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run(
        [*command, "docker-compose.yml"], cwd=HERE, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_compose_file_names_what_exists() -> None:
    book = compose()
    services = book["services"]
    assert {
        "postgres",
        "redis",
        "web",
        "worker",
        "beat",
        "nginx",
        "storage",
        "clamav",
        "mail",
    } <= services.keys()
    told = set(re.findall(r"^(\w+)=", (HERE / ".env.example").read_text(), re.M))
    for name, service in services.items():
        assert ("image" in service) != ("build" in service), name
        assert "image" not in service or ":" in service["image"], f"{name} is not pinned"
        assert set(service.get("depends_on", [])) <= services.keys(), name
        if "build" in service:
            assert set(service["environment"]) <= told, name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in book["volumes"] or (HERE / source).exists(), (name, source)


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"DEBUG": "1"}, "DEBUG"),
        ({"DEMO": "1"}, "DEMO"),
        ({"SITE_URL": "http://tracker.example.in"}, "https"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
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
    ready = client.get("/readyz")
    up = {"database": True, "broker": True, "storage": True, "scanner": True}
    assert (ready.status_code, ready.json()) == (200, up)
    settings.CLAMAV_URL = ""
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, up | {"scanner": "not configured"})


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
    unsafe = {"SITE_URL": "http://tracker.example.in", "VAR_DIR": str(tmp_path), "PATH": os.environ["PATH"]}
    command = [sys.executable, "-c", "import nudm.wsgi"]
    done = subprocess.run(command, cwd=HERE, env=unsafe, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "SITE_URL is not https" in done.stderr


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
    place = {"SITE_URL": "https://tracker.example.in", "VAR_DIR": str(tmp_path), "PATH": os.environ["PATH"]}
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
