"""A place to restore to, and a world that is worth it."""

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command

from nudm.core import jobs
from reports.actions import reports
from reports.actions.reports import Asked
from states.drafts import save_draft
from tests.world import World

HERE = Path(__file__).resolve().parent.parent.parent
SEEN = """
import django, hashlib, json; django.setup()
from phases.models import Evidence, Step
from reports.models import Report
from states.models import Draft, Entry
from django.core.files.storage import default_storage as s
print(json.dumps({
    "files": [[e.pk, e.sha256, hashlib.sha256(s.open(e.file.name).read()).hexdigest()]
              for e in Evidence.objects.all()],
    "steps": list(Step.objects.values_list("pk", flat=True)),
    "entries": list(Entry.objects.values_list("verb", "target_id")),
    "drafts": list(Draft.objects.values_list("data", flat=True)),
    "reports": [[r.digest, len(s.open(r.file.name).read())] for r in Report.objects.all()],
}))
"""


class Elsewhere:
    """An empty database and an empty storage, and commands that run there."""

    def __init__(self, folder: Path, database: str) -> None:
        self.environment = {
            "PATH": os.environ["PATH"],
            "VAR_DIR": str(folder),
            "DATABASE_URL": database,
            "SECRET_KEY": "k" * 60,
            "DJANGO_SETTINGS_MODULE": "nudm.settings",
        }
        self.files = folder / "files"

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, cwd=HERE, env=self.environment, capture_output=True, text=True, check=False
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command, pipe = [sys.executable, *arguments], subprocess.PIPE
        return subprocess.Popen(command, cwd=HERE, env=self.environment, stdin=pipe, stdout=pipe, text=True)

    def restore(self, source: Path, *options: str) -> str:
        """Restores and gives what was printed."""
        done = self.run("manage.py", "restore", str(source), *options)
        assert done.returncode == 0, done.stderr
        assert "0 differences" in done.stdout
        return done.stdout

    def refusal(self, source: Path, *options: str) -> str:
        done = self.run("manage.py", "restore", str(source), *options)
        assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
        return done.stderr

    def dumped(self) -> Any:
        return json.loads(self.run("manage.py", "dumpdata").stdout)


def lively() -> World:
    """A world with evidence, a report with its PDF, drafts, mails and the log of all that."""
    world = World()
    world.accepted("2.processes_standardised")
    world.submitted(state=world.mh)
    _report, job = reports.ask(Asked("progress", world.kl, "hi"), by=world.nodal)
    assert jobs.run(job.pk)
    save_draft(world.kl_office.posts.all()[0], "item:x", {"text": "मसौदा ‘draft’ \\ \n ; --"})
    return world


def taken(target: Path) -> Path:
    call_command("backup", "--out", str(target), stdout=StringIO())
    return target
