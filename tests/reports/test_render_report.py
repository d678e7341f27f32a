"""`manage.py render_report`: what it cannot do it says, and writes no file."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from nudm.core.dates import today
from tests.world import World


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (
            {"state": "KL", "kind": "mpr", "month": "2026-13"},
            "“2026-13” is not a month. Write it as 10-2026.",
        ),
        ({"state": "KL", "kind": "mpr", "month": "soon"}, "“soon” is not a month"),
        ({"state": "KL", "kind": "mpr", "month": "10/03/2026"}, "“10/03/2026” is not a month"),
        ({"state": "KL", "kind": "mpr", "month": f"{today().year + 1}-01"}, "can be reported"),
        ({"state": "KL", "kind": "mpr", "month": "0206-01"}, "can be reported"),
        (
            {"state": "KL", "kind": "brief", "month": "2026-10"},
            r"\(--kind mpr\) has a month, brief has none",
        ),
        ({"state": "KL", "month": "2026-10"}, "progress has none"),
        ({"national": True, "month": "2026-10"}, "national has none"),
        ({"national": True, "kind": "mpr"}, "Leave --kind away"),
        ({"national": True, "kind": "progress"}, "Leave --kind away"),
    ],
)
def test_what_it_cannot_do_is_said(world: World, tmp_path: Path, asked: Any, words: str) -> None:
    out = tmp_path / "report.pdf"
    with pytest.raises(CommandError, match=words):
        call_command("render_report", out=out, **asked)
    assert not out.exists()


@pytest.mark.parametrize(
    "asked", [{}, {"kind": "mpr"}, {"kind": "mpr", "month": f"{date(2026, 1, 1):%Y-%m}"}]
)
def test_what_it_can_is_written(world: World, tmp_path: Path, asked: Any) -> None:
    out = tmp_path / "report.pdf"
    call_command("render_report", state="KL", out=out, **asked)
    assert out.read_bytes().startswith(b"%PDF")
