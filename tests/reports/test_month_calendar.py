"""One calendar for the month's report: facts dated up to its last day, as known on its closing day."""

from datetime import date, datetime, time, timedelta
from typing import Any

import time_machine
from django.utils import timezone

from nudm.core.dates import show, today
from phases.actions import lines
from phases.progress import progress_of
from reports.actions.reports import Asked, ask
from reports.documents.build import content_of
from reports.periods import closing_day, first_of, last_of, next_month
from tests.world import World


def at(day: date) -> Any:
    """Noon of a day."""
    return time_machine.travel(timezone.make_aware(datetime.combine(day, time(12))), tick=False)


def report_of(world: World, month: date) -> dict[str, Any]:
    """The closed month's report, asked for three days after its closing."""
    with at(closing_day(month, 5) + timedelta(days=3)):
        report, _job = ask(Asked("mpr", world.kl, "en", month=month), by=world.nodal)
        content = content_of(report)
    return {part["key"]: part for part in content["sections"]} | {"head": content["head"]}


def live_in(parts: dict[str, Any]) -> int:
    return int(next(row[1][0] for row in parts["rollout"]["tables"][0]["rows"] if row[0] == "Live"))


def test_a_month_has_the_facts_up_to_its_last_day_and_no_other(world: World) -> None:
    month = next_month(first_of(today()))
    last = last_of(month)
    with at(last - timedelta(days=10)):
        item = world.submitted()
        early, late, later = world.towns(3)
        world.live(early, on=last - timedelta(days=12))
    with at(last + timedelta(days=1)):
        lines.move(item, "accept", version=item.version, by=world.reviewer)
    with at(last + timedelta(days=3)):
        world.live(late, on=last - timedelta(days=1))
        world.live(later, on=last + timedelta(days=2))
    this, next_ = report_of(world, month), report_of(world, next_month(month))

    page = progress_of([world.kl], as_on=last)[world.kl.pk]
    assert (page.live.n, live_in(this), live_in(next_)) == (1, 2, 3)
    assert f"Live: the page as on {show(last)} says 1." in " ".join(this["rollout"]["text"])
    assert "the page as on" not in " ".join(next_["rollout"]["text"])
    assert ["Facts dated up to", show(last)] in this["head"]
    by_type = this["rollout"]["tables"][1]["rows"]
    annexed = [row for row in this["annexure"]["tables"][0]["rows"] if row[5]]
    assert sum(row[3] for row in by_type) == len(annexed) == 2

    # Accepted on the first of the next month: in the next month's tables only, in all of them.
    assert not this["done"]["tables"][0]["rows"] and len(next_["done"]["tables"][0]["rows"]) == 1
    outcomes = [row[5] for row in this["stages"]["tables"][0]["rows"]]
    assert outcomes == [[stage.outcomes.n, stage.outcomes.of] for stage in page.stages]
    after = progress_of([world.kl], as_on=last_of(next_month(month)))[world.kl.pk]
    changes = [row[6] for row in next_["stages"]["tables"][0]["rows"]]
    assert changes == [
        now.outcomes.n - was.outcomes.n for now, was in zip(after.stages, page.stages, strict=True)
    ]
    assert sum(changes) >= 1


def test_the_report_of_a_month_that_is_open_says_once_that_it_is_provisional(world: World) -> None:
    month = first_of(today() - timedelta(days=today().day))
    with at(next_month(month) + timedelta(days=2)):
        report, _job = ask(Asked("mpr", world.kl, "en", month=month), by=world.nodal)
        assert str(content_of(report)).count("provisional") == 1
