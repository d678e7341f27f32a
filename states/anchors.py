"""The heads of the chains, held outside the tables: a line in a file and a mail to the operators each night.

A chain alone does not show that its last lines, or all of it, were cut off. What was written elsewhere does.
"""

import json
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from nudm.core import mail, scope
from nudm.core.dates import show
from states.models import State
from states.verify import head_of

Head = dict[str, Any]
# Who else holds heads: reports carry the one of their State/UT.
HOLDERS: list[Callable[[], Iterable[Head]]] = []


def holder(of: Callable[[], Iterable[Head]]) -> Callable[[], Iterable[Head]]:
    """Register what else tells heads (`{"chain", "number", "digest"}`)."""
    HOLDERS.append(of)
    return of


def file() -> Path:
    """One line of JSON a night."""
    return Path(settings.VAR_DIR) / "audit-heads.jsonl"


@scope.national()
def write(day: date) -> bool:
    """Write the heads of all chains to the file and mail them to the operators; once a day."""
    if any(line["day"] == day.isoformat() for line in _lines()):
        return False
    heads = [
        head
        for head in (head_of(state) for state in (None, *State.objects.order_by("iso")))
        if head["number"]
    ]
    with file().open("a") as out:
        out.write(json.dumps({"day": day.isoformat(), "heads": heads}) + "\n")
    table = "\n".join(f"{head['chain']} {head['number']} {head['digest']}" for head in heads)
    for to in settings.OPERATORS:
        words = _(
            "These are the heads of the audit log. Keep this mail: whoever cuts off or rewrites what led to "
            "one of them is found by manage.py verify_audit --head DIGEST."
        )
        mail.post(
            f"heads:{day.isoformat()}:{to}",
            to,
            _("Audit log: the heads of %(day)s") % {"day": show(day)},
            f"{words}\n\n{table}\n",
            kind="hold",
        )
    return True


def known() -> Iterable[Head]:
    """Every head that is held outside the log."""
    for line in _lines():
        yield from line["heads"]
    for heads in HOLDERS:
        yield from heads()


def _lines() -> list[dict[str, Any]]:
    path = file()
    return [json.loads(line) for line in path.read_text().splitlines() if line] if path.exists() else []
