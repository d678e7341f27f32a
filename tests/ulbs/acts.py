"""What officers do with the towns in a year, at random: each act is one that the rules allow just then."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from nudm.core.dates import today
from tests.core.files import pdf, uploaded
from tests.phases import acts
from tests.phases.acts import a_town
from tests.ulbs.sheets import KERALA, lgd, text
from tests.world import World
from ulbs.actions import event_files, events, figures, imports, logs, readiness, register, rollout, tenants
from ulbs.models import (
    ActionPoint,
    Event,
    EventFile,
    Fact,
    Figure,
    Import,
    Readiness,
    Tenant,
    Trainer,
    Ulb,
)
from ulbs.rules.events import EventKind, Topic

Act = Callable[[World, random.Random], Any]


def read_register(world: World, dice: random.Random) -> None:
    codes = dice.sample(range(250_200, 250_206), 2)
    rows = [(n, code, 1, f"Nagar {dice.randrange(99)}", "", 5, "", *KERALA) for n, code in enumerate(codes)]
    imports.confirm(
        imports.read_in(text(lgd(*rows)), "r.csv", state=world.kl, by=world.nodal), by=world.nodal
    )


def read_tenants(world: World, dice: random.Random) -> None:
    names = [a_town(world, dice).name, f"Nagar {dice.randrange(99)}"]
    rows = [("kl", "Kerala", f"kl.{dice.randrange(9)}{n}", name) for n, name in enumerate(names)]
    data = text([("stateCode", "stateName", "code", "name"), *rows])
    imports.confirm(imports.read_in(data, "t.csv", state=world.kl, by=world.nodal), by=world.nodal)


def take_back(world: World, dice: random.Random) -> None:
    made = Import.objects.filter(applied_at__isnull=False, undone_at=None).order_by("-pk").first()
    if made is not None:
        imports.undo(made, by=world.nodal)


def decide(world: World, dice: random.Random) -> None:
    row = Tenant.objects.select_related("state").order_by("how", "pk").first()
    if row is not None:
        chosen = a_town(world, dice) if dice.random() > 0.3 else None
        tenants.decide(row, chosen, seen=row.token, by=world.nodal)


def split(world: World, dice: random.Random) -> None:
    towns = list(Ulb.objects.filter(state=world.kl, ended="").select_related("state"))
    if len(towns) > 5:
        old, *new = dice.sample(towns, 3)
        register.succeed([old], new, on=today(), reason="G.O.", by=world.nodal)


def override(world: World, dice: random.Random) -> None:
    changes = {"live_on": today(), "live_url": "https://kl.example.in/", "override_reason": "Live before"}
    rollout.save_cell(a_town(world, dice), dice.choice(["PGR", "TL"]), changes, version=None, by=world.nodal)


def withdraw(world: World, dice: random.Random) -> None:
    live = Ulb.objects.filter(state=world.kl, live_on__isnull=False, ended="").select_related("state").first()
    if live is not None:
        changes = {"withdrawn_on": today(), "withdrawn_reason": "Moved away"}
        rollout.save_cell(live, "PGR", changes, version=None, by=world.nodal)


def convene(world: World, dice: random.Random) -> None:
    kind = dice.choice([EventKind.UAT, EventKind.TRAINING, EventKind.CAMPAIGN])
    values = {"title": f"{kind} {dice.randrange(99)}", "on": today()}
    if kind is not EventKind.CAMPAIGN:
        values["modules"] = dice.choice(["PGR", "PGR,PT"])
    towns = [a_town(world, dice) for _n in range(dice.randrange(4))]
    events.save_event(world.kl, kind, values, towns=towns, by=world.nodal)


def an_event(*kinds: EventKind) -> Event | None:
    found = Event.objects.filter(kind__in=kinds, closed_on=None).select_related("state")
    return found.order_by("-pk").first()


def attend(world: World, dice: random.Random) -> None:
    event = an_event(EventKind.UAT, EventKind.TRAINING, EventKind.CAMPAIGN)
    if event is not None:
        towns = [a_town(world, dice), a_town(world, dice)]
        events.change_towns(event, towns, take_part=dice.random() > 0.4, by=world.nodal)


def hold(world: World, dice: random.Random) -> None:
    event = an_event(EventKind.TRAINING)
    if event is not None:
        values = {"attended": 12, "feedback_method": "calls", "recording": "https://kl.example.in/r"}
        events.save_event(
            world.kl,
            EventKind.TRAINING,
            values,
            row=event,
            version=event.version,
            towns=[a_town(world, dice)],
            close=True,
            by=world.nodal,
        )


def call_off(world: World, dice: random.Random) -> None:
    event = an_event(*EventKind)
    if event is not None:
        events.remove_event(event, version=event.version, by=world.nodal)


def meet(world: World, dice: random.Random) -> None:
    values = {"title": "Review", "on": today(), "with_centre": dice.random() > 0.5}
    events.save_event(world.kl, EventKind.MEETING, values, by=world.nodal)


def review(world: World, dice: random.Random) -> None:
    topic = dice.choice(list(Topic)).value
    values = {"title": f"Of {topic} {dice.randrange(99)}", "on": today(), "topic": topic, "minutes": "Seen"}
    close = topic != Topic.PLANS and dice.random() > 0.5
    events.save_event(world.kl, EventKind.REVIEW, values, close=close, by=world.reviewer)


def find(world: World, dice: random.Random) -> None:
    event = an_event(EventKind.REVIEW)
    if event is not None:
        values = {"title": f"Found {dice.randrange(99)}", "severity": "major", "opened_on": today()}
        logs.save_incident(world.kl, values, review=event, by=world.reviewer)


def send_file(world: World, dice: random.Random) -> None:
    event = an_event(*EventKind)
    if event is not None:
        event_files.attach(event, uploaded(f"{dice.randrange(99)}.pdf", pdf()), by=world.nodal)


def take_file(world: World, dice: random.Random) -> None:
    row = EventFile.objects.filter(event__closed_on=None).first()
    if row is not None:
        event_files.remove(row, by=world.nodal)


def name_trainer(world: World, dice: random.Random) -> None:
    row = Trainer.objects.filter(until=None).select_related("state").first()
    if row is not None and dice.random() > 0.5:
        logs.save_trainer(world.kl, {"until": today()}, row=row, version=row.version, by=world.nodal)
        return
    values = {"title": f"Trainer {dice.randrange(99)}", "cluster": "North", "since": today()}
    logs.save_trainer(world.kl, values | {"ulb": a_town(world, dice)}, by=world.nodal)


def note(world: World, dice: random.Random) -> None:
    meeting = an_event(EventKind.MEETING)
    if meeting is not None:
        values = {"text": f"Do {dice.random()}", "owner": "state", "due": today() + timedelta(days=9)}
        events.save_point(meeting, values, by=world.nodal)


def settle(world: World, dice: random.Random) -> None:
    point = ActionPoint.objects.filter(done_on=None).select_related("event__state").first()
    if point is not None:
        done = {"taken": "Done.", "done_on": today()}
        events.save_point(point.event, done, row=point, version=point.version, by=world.nodal)


def measure(world: World, dice: random.Random) -> None:
    """A baseline before go-live, or a month of a live ULB."""
    town, value = a_town(world, dice), Decimal(dice.randrange(1000)) / 4
    month: date | None = (today().replace(day=1) - timedelta(days=1)).replace(day=1)
    purpose = "actual"
    if town.live_on is None:
        purpose, month = Figure.Purpose.BASELINE.value, None
    metrics = ("transactions", "applications") if month else ("transactions",)
    given = [figures.Given(metric, value, town.pk, purpose, month) for metric in metrics]
    figures.save_figures(world.kl, given, by=world.nodal)


def total(world: World, dice: random.Random) -> None:
    """The State/UT's own total of a figure of ULBs, or that it has none after all."""
    month = (today().replace(day=1) - timedelta(days=1)).replace(day=1)
    value = Decimal(dice.randrange(9000)) / 4 if dice.random() > 0.2 else None
    asked = dice.choice([("transactions",), ("transactions", "applications"), ("citizens",)])
    given = [figures.Given(metric, value, month=month) for metric in asked]
    figures.save_figures(world.kl, given, by=world.nodal)


def answer_more(world: World, dice: random.Random) -> None:
    town, fact = a_town(world, dice), dice.choice([Fact.DATA_TEAM, Fact.DATA_OPERATOR])
    stored = Readiness.objects.filter(ulb=town, fact=fact).first()
    version = stored.version if stored is not None else 0
    readiness.confirm(town, fact, answer=dice.random() > 0.2, who="Team", version=version, by=world.nodal)


def kind(world: World, dice: random.Random) -> None:
    town = a_town(world, dice)
    changes = {"kind": dice.choice(["greenfield", "brownfield"]), "pilot": dice.random() > 0.4}
    register.update_ulb(town, changes, version=town.version, by=world.nodal)


ACTS: tuple[Act, ...] = (
    read_register, read_tenants, read_tenants, take_back, decide, decide, split, override, withdraw, convene,
    convene, attend, attend, hold, call_off, meet, note, note, settle, review, review, find, send_file,
    take_file, name_trainer, measure, measure, total, total, answer_more, kind,
    acts.cell, acts.cell, acts.go_live, acts.confirm, acts.plan, acts.rename, acts.drop, acts.merge,
    acts.enter, acts.back, acts.plan_batch, acts.fill, acts.unplan, acts.incident, acts.solve, acts.report,
    acts.desk,
)  # fmt: skip
