"""Sends random requests to the API of a demonstration of its own, as each role, and fails on a server error.

Every operation of the schema is also asked with a parameter that it does not declare, which has to be
refused with 400. `make security` runs it; alone: `python -m tools.fuzz [CASES]`.
"""

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.test import free_port, postgres, wait_for

HERE = Path(__file__).resolve().parent.parent
CASES = 10_000
ROLES = {
    "centre": "reviewer@demo.nudm",
    "ministry": "ministry@demo.nudm",
    "state": "state.kl@demo.nudm",
    "agency": "agency@demo.nudm",
    "town": "town.kl@demo.nudm",
}
# Each person's token, and real ids, so that not every path ends at a 404.
PREPARE = """
import json
from nudm.accounts.models import Token, User
from phases.models import Item
from reports.models import Report
from ulbs.models import Ulb
tokens = {e: Token.make(User.objects.get(email=e), "fuzz")[1] for e in %r}
own = Item.objects.filter(state__iso__in=["KL", "MH"])
ids = [i.pk for i in own[:60]] + [r.pk for r in Report.objects.all()[:20]]
towns = list(Ulb.objects.filter(state__iso__in=["KL", "MH"]).values_list("lgd_code", flat=True)[:40])
print(json.dumps({"tokens": tokens, "id": ids, "lgd_code": towns, "iso": ["KL", "MH", "kl", "LD"]}))
"""
NO_LIMITS = {"api_person": [10**9, 60], "api_address": [10**9, 60], "files_person": [10**9, 86400]}


@contextlib.contextmanager
def served(folder: str, database: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The address of a web server behind both walls with the demonstration's data, and what PREPARE found."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "DEMO": "1", "VAR_DIR": folder}
    environment |= {"SITE_URL": address, "RATE_LIMITS": json.dumps(NO_LIMITS), "LOG_LEVEL": "ERROR"}
    environment["SECRET_KEY"] = "only-for-random-requests-" + "f" * 50
    web = database.replace("nudm@", "nudm_web:x@")
    environment |= {"DATABASE_URL": database, "WEB_DATABASE_URL": web}
    manage = [sys.executable, "manage.py"]
    for words in (["migrate"], ["grant_database"], ["demo"], ["collectstatic", "--noinput"]):
        subprocess.run([*manage, *words], cwd=HERE, env=environment, check=True, capture_output=True)
    code = PREPARE % (list(ROLES.values()),)
    told = subprocess.run(
        [*manage, "shell", "--verbosity", "0", "-c", code], cwd=HERE, env=environment, check=True, stdout=-1
    )
    command = [sys.executable, "-m", "gunicorn", "nudm.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2"]
    environment["DATABASE_URL"] = web
    with (Path(folder) / "server.log").open("wb") as log:
        server = subprocess.Popen([*command, "--log-level", "error"], cwd=HERE, env=environment, stderr=log)
        try:
            wait_for(port)
            yield address, json.loads(told.stdout.splitlines()[-1])
        finally:
            server.terminate()
            server.wait(30)


def schema_of(address: str, token: str) -> dict[str, Any]:
    """The description of the API, as a program reads it."""
    url = f"{address}/api/v1/schema/?format=json"
    asked = urllib.request.Request(url, headers={"Authorization": f"Token {token}"})
    with urllib.request.urlopen(asked) as answer:
        return dict(json.load(answer))


def undeclared(address: str, schema: dict[str, Any], token: str, known: dict[str, Any]) -> list[str]:
    """The operations that take a parameter that they do not declare."""
    taken = []
    for path, operations in schema["paths"].items():
        for method in {"get", "post"} & operations.keys():
            url = re.sub(r"{(\w+)}", lambda m: str(known[m[1]][0]), path)
            asked = urllib.request.Request(
                f"{address}{url}?not_declared=1",
                data=b"{}" if method == "post" else None,
                headers={"Authorization": f"Token {token}", "Content-Type": "application/json"},
            )
            try:
                status = urllib.request.urlopen(asked).status
            except urllib.error.HTTPError as error:
                status = error.code
            if status < 400 or status >= 500:
                taken.append(f"{method} {path}: {status}")
    return taken


def fuzz(program: str, address: str, folder: Path, role: str, token: str, each: int) -> Counter[int]:
    """One role's random requests: how often which status was answered."""
    report = folder / f"{role}.ndjson"
    command = [program, "run", str(folder / "schema.json"), "--url", address]
    command += ["--header", f"Authorization:Token {token}", "--max-examples", str(each)]
    command += ["--checks", "not_a_server_error", "--phases", "coverage,fuzzing", "--seed", "1"]
    command += ["--report", "ndjson", "--report-ndjson-path", str(report), "--suppress-health-check", "all"]
    command += ["--warnings", "off", "--continue-on-failure", "--no-color", "--workers", "2"]
    environment = os.environ | {
        "SCHEMATHESIS_HOOKS": "tools.fuzz_hooks",
        "FUZZ_KNOWN": str(folder / "known.json"),
    }
    done = subprocess.run(command, cwd=HERE, env=environment, capture_output=True, text=True, check=False)
    (folder / f"{role}.log").write_text(done.stdout + done.stderr)
    return Counter(map(int, re.findall(r'"status_code": ?(\d+)', report.read_text())))


def broken(log: str) -> list[str]:
    """Each kind of traceback in the server's log once: where it broke and how it ends."""
    found = {}
    for one in log.split("Internal Server Error: ")[1:]:
        place = re.findall(r'File "([^"]+)", line (\d+), in (\w+)', one)
        ours = [" ".join(where) for where in place if str(HERE) in where[0] and ".venv" not in where[0]]
        end = re.findall(r"^[\w.]+(?:Error|Exception|Refused|DoesNotExist)\b.*$", one, re.M)
        found[(ours or ["?"])[-1]] = f"{one.splitlines()[0]}: {(ours or ['?'])[-1]}: {(end or ['?'])[-1]}"
    return list(found.values())


def main(arguments: list[str]) -> int:
    """Every role in turn; the figures, and 1 where a server error or a taken parameter was seen."""
    cases = int(arguments[0]) if arguments else CASES
    program = os.environ.get("SCHEMATHESIS", str(Path(sys.executable).parent / "schemathesis"))
    total, faults = Counter[int](), []
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nudm-fuzz-")))
        folder.chmod(0o755)
        database = stack.enter_context(postgres(folder))
        address, known = stack.enter_context(served(str(folder), database))
        schema = schema_of(address, known["tokens"][ROLES["centre"]])
        (folder / "schema.json").write_text(json.dumps(schema))
        (folder / "known.json").write_text(json.dumps(known))
        # The other half are the cases that the schema itself suggests (phase coverage).
        operations = sum(len(found) for found in schema["paths"].values())
        for role, email in ROLES.items():
            token = known["tokens"][email]
            faults += [f"{role}: {one}" for one in undeclared(address, schema, token, known)]
            seen = fuzz(program, address, folder, role, token, cases // len(ROLES) // operations // 2 + 1)
            print(f"  {role}: {seen.total()} requests, {dict(sorted(seen.items()))}", flush=True)
            if any(status >= 500 for status in seen) or not seen:
                faults.append((folder / f"{role}.log").read_text()[-2000:])
            total += seen
        faults += broken((folder / "server.log").read_text())
    print(f"  {total.total()} requests, {sum(n for s, n in total.items() if s >= 500)} server errors")
    print("\n".join(faults))
    return int(bool(faults) or total.total() < cases)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
