"""The measure of the month's end: what it calls a miss, and that it starts what is deployed."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench import deployed
from bench.month_end import PEERS, SIGN_IN, WELL, Phase, Sample, misses, percentile

HERE = Path(__file__).resolve().parent.parent


def phase(name: str, read: float = 0.1, write: float = 0.2, *more: Sample) -> Phase:
    """A hundred reads and writes, of which nine last the given seconds and one half a minute."""
    samples = [
        Sample(kind, seconds)
        for kind, slow in (("read", read), ("write", write))
        for seconds in [0.01] * 90 + [slow] * 9 + [30.0]
    ]
    return Phase(name, [*samples, *more], 60.0)


def rush(officers: int = 3, seconds: float = 30.0, error: str = "") -> Phase:
    found = [Sample("sign-in", 1.0) for _officer in range(officers)]
    return Phase(SIGN_IN, [*found, *([Sample("sign-in", 1.0, error)] if error else [])], seconds)


def day(**changed: Phase) -> list[Phase]:
    held = {"well": phase(WELL)} | {peer: phase(f"{peer} hangs", 0.2, 0.4) for peer in PEERS}
    return list((held | {"rush": rush()} | changed).values())


def test_a_percentile_is_one_of_the_values() -> None:
    assert [percentile([3, 1, 2, 4], p) for p in (50, 75, 95)] == [2, 3, 4]
    assert percentile([], 95) == 0


def test_a_day_within_the_goal_misses_nothing() -> None:
    away = Sample("upload", 5.0, "503")
    assert misses(day(), 3) == []
    assert misses(day(store=phase("the store hangs", 0.1, 0.2, away)), 3) == []


@pytest.mark.parametrize(("changed", "words"), [
    ({"well": phase(WELL, read=0.25)}, "p95 of a read"),
    ({"well": phase(WELL, write=0.5)}, "p95 of a write"),
    ({"well": phase(WELL, 0.1, 0.2, Sample("upload", 0.1, "503"))}, "1 x upload: 503"),
    ({"well": Phase(WELL, [Sample("read", 0.1)], 60.0)}, "no write was measured"),
    ({"Redis": phase("Redis hangs", read=0.21)}, "Redis hangs: p95 of a read is 2.1 times"),
    ({"Redis": phase("Redis hangs", write=0.5)}, "Redis hangs: p95 of a write is 2.5 times"),
    ({"Redis": phase("Redis hangs", 0.1, 0.2, Sample("write", 0.1, "500"))}, "1 x write: 500"),
    ({"rush": rush(officers=2)}, "2 of 3 are in"),
    ({"rush": rush(seconds=61.0)}, "61 s"),
    ({"rush": rush(error="504")}, "1 x sign-in: 504"),
])  # fmt: skip
def test_each_part_of_the_goal_can_be_missed(changed: dict[str, Phase], words: str) -> None:
    found = misses(day(**changed), 3)
    assert len(found) == 1 or "no write" in words
    assert any(words in miss for miss in found), found


def test_a_process_that_hangs_says_nothing_until_it_goes_on() -> None:
    command = [sys.executable, "-u", "-c", "import time\nwhile True: print('x'); time.sleep(0.02)"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        try:
            program.stdout.readline()
            with deployed.hanging(program.pid):
                for _try in range(100):
                    if state_of(program.pid) == "T":
                        break
                    time.sleep(0.02)
                assert state_of(program.pid) == "T"
            for _try in range(100):
                if state_of(program.pid) != "T":
                    break
                time.sleep(0.02)
            assert state_of(program.pid) != "T"
        finally:
            program.kill()


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_what_is_measured_is_what_is_deployed(tmp_path: Path) -> None:
    command = deployed._web(HERE, 8123)
    assert command[1:4] == ["-m", "gunicorn", "nudm.wsgi"] and "127.0.0.1:8123" in command
    deployed._configured(HERE, tmp_path / "nginx", 8123, 8124)
    text = "".join(path.read_text() for path in (tmp_path / "nginx").glob("*.conf"))
    assert "server 127.0.0.1:8123 max_fails=0;" in text and "zone=sign_in" in text
    asked = subprocess.run(
        ["/usr/sbin/nginx", "-t", "-c", str(tmp_path / "nginx/nginx.conf")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr
