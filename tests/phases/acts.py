"""What officers do in a year, at random: each act is one that the rules allow just then."""

import random
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from nudm.core.dates import today
from phases.actions import due, evidence, lines
from phases.catalogue import catalogue
from phases.models import Citation, Closure, DueDate, Evidence, Item
from states import actions
from states.past import keep
from tests.phases.filled import save_record
from tests.world import World
from ulbs.actions import batches, events, figures, logs, readiness, register, rollout
from ulbs.models import Batch, Fact, Incident, Readiness, Ulb
from ulbs.rules.events import EventKind

LINES = [line.code for line in catalogue().lines() if line.kind == "attested"]
SETTLING = ("2.processes_standardised", "2.platform_ready", "2.dashboards_ready")
Act = Callable[[World, random.Random], Any]


def a_town(world: World, dice: random.Random) -> Ulb:
    return dice.choice(list(Ulb.objects.filter(state=world.kl, ended="").select_related("state")))


def an_item(world: World, dice: random.Random, *statuses: str) -> Item:
    """A line in one of these statuses where there is one; most acts are meant to succeed."""
    found = list(Item.objects.filter(state=world.kl, status__in=statuses).select_related("state"))
    return dice.choice(found) if found else lines.item_for(world.kl, dice.choice(LINES))


def remark(world: World, dice: random.Random) -> None:
    item = lines.item_for(world.kl, dice.choice(LINES))
    lines.save_remark(item, f"text {dice.random()}", version=item.version, by=world.nodal)


def cite(world: World, dice: random.Random) -> None:
    letter = world.letter(world.kl, world.nodal, f"letter {dice.randrange(4)}")
    evidence.cite(an_item(world, dice, "in_progress", "returned"), letter, by=world.nodal)


def uncite(world: World, dice: random.Random) -> None:
    citations = list(Citation.objects.order_by("pk").select_related("item__state", "evidence"))
    if citations:
        citation = dice.choice(citations)
        evidence.uncite(citation.item, citation.evidence, by=world.nodal)


def replace(world: World, dice: random.Random) -> None:
    old = Evidence.objects.filter(replaced_by=None).order_by("pk").first()
    if old is not None:
        world.letter(world.kl, world.nodal, f"newer {dice.random()}", replaces=old)


def submit(world: World, dice: random.Random) -> None:
    item = an_item(world, dice, "in_progress", "returned")
    lines.move(item, "submit", version=item.version, by=world.nodal)


def answer(world: World, dice: random.Random) -> None:
    item = an_item(world, dice, "under_review")
    name = dice.choice(["accept", "accept", "return", "withdraw", "agree_na"])
    by = world.nodal if name == "withdraw" else world.reviewer
    lines.move(item, name, version=item.version, by=by, note="Page 3", reason="incomplete")


def reopen(world: World, dice: random.Random) -> None:
    item = an_item(world, dice, "accepted", "not_applicable")
    lines.move(item, "reopen", version=item.version, by=world.reviewer, note="Withdrawn", reason="other")


def ask_na(world: World, dice: random.Random) -> None:
    item = an_item(world, dice, "in_progress")
    lines.move(item, "ask_na", version=item.version, by=world.nodal, note="Centrally hosted")


def target(world: World, dice: random.Random) -> None:
    item = an_item(world, dice, "in_progress", "returned")
    due.ask(item, today() + timedelta(days=dice.randrange(40)), reason="Elections", by=world.nodal)


def grant(world: World, dice: random.Random) -> None:
    asked = DueDate.objects.filter(answered_at=None).first()
    if asked is not None:
        due.answer(asked, grant=dice.random() > 0.3, by=world.reviewer)


def mark(world: World, dice: random.Random) -> None:
    lines.mark_done(world.kl, "2.give_requirements", done=dice.random() > 0.5, by=world.nodal)


def cell(world: World, dice: random.Random) -> None:
    day = today() - timedelta(days=dice.randrange(2))
    changes: dict[str, Any] = dice.choice(
        [
            {"master_data": "collecting"},
            {"master_data": "validated"},
            {"uat_planned_on": day},
            {"uat_signed_on": day},
            {"trained_on": day},
            {"live_on": day, "live_url": "https://kl.example.in/"},
            {"withdrawn_on": day, "withdrawn_reason": "Moved away"},
            {"in_scope": False},
        ]
    )
    rollout.save_cell(a_town(world, dice), dice.choice(["PGR", "PT"]), changes, version=None, by=world.nodal)


def go_live(world: World, dice: random.Random) -> None:
    world.live(a_town(world, dice), dice.choice(["PGR", "PT"]), on=today())


def confirm(world: World, dice: random.Random) -> None:
    town, fact = a_town(world, dice), dice.choice([Fact.NODAL_OFFICER, Fact.OFFICIALS, Fact.ADOPTION_TEAM])
    stored = Readiness.objects.filter(ulb=town, fact=fact).first()
    version = stored.version if stored is not None else 0
    readiness.confirm(town, fact, answer=dice.random() > 0.2, who="Officer", version=version, by=world.nodal)


def plan(world: World, dice: random.Random) -> None:
    town = a_town(world, dice)
    changes = dice.choice(
        [{"pilot": True}, {"pilot": False}, {"in_scope": False, "scope_reason": "G.O."}, {"in_scope": True}]
    )
    register.update_ulb(town, changes, version=town.version, by=world.nodal)


def rename(world: World, dice: random.Random) -> None:
    town = a_town(world, dice)
    register.edit_details(town, {"name": f"T{dice.random()}"}, version=town.version, by=world.nodal)


def drop(world: World, dice: random.Random) -> None:
    if Ulb.objects.filter(state=world.kl, ended="").count() > 4:
        register.drop(a_town(world, dice), on=today(), reason="G.O.", by=world.nodal)


def merge(world: World, dice: random.Random) -> None:
    towns = list(Ulb.objects.filter(state=world.kl, ended="").select_related("state"))
    if len(towns) > 4:
        old, new = dice.sample(towns, 2)
        register.succeed([old], [new], on=today(), reason="G.O.", by=world.nodal)


def enter(world: World, dice: random.Random) -> None:
    register.create_ulb(world.kl, {"name": f"New {dice.random()}", "type_code": 7}, by=world.nodal)


def back(world: World, dice: random.Random) -> None:
    ended = Ulb.objects.filter(state=world.kl, ended="dropped").select_related("state").first()
    if ended is not None:
        register.reinstate(ended, by=world.nodal)


def plan_batch(world: World, dice: random.Random) -> None:
    values: dict[str, Any] = {"planned_on": today()}
    if dice.random() > 0.6:
        values |= {"started_on": today(), "override_reason": "Ordered"}
    batches.plan_batch(world.kl, dice.randrange(1, 4), values, by=world.nodal)


def fill(world: World, dice: random.Random) -> None:
    towns = list(Ulb.objects.filter(state=world.kl))
    batches.fill_batches(world.kl, dice.sample(towns, 2), size=1, by=world.nodal)


def unplan(world: World, dice: random.Random) -> None:
    batch = Batch.objects.filter(state=world.kl).order_by("-number").first()
    if batch is not None:
        batches.remove_batch(batch, by=world.nodal)


def incident(world: World, dice: random.Random) -> None:
    values = {"title": "Slow", "severity": dice.choice(["critical", "major"]), "opened_on": today()}
    logs.save_incident(world.kl, values, by=world.nodal)


def solve(world: World, dice: random.Random) -> None:
    row = Incident.objects.filter(closed_on=None).select_related("state").first()
    if row is not None:
        logs.save_incident(
            world.kl, {"solution": "Fixed"}, row=row, version=row.version, close=True, by=world.nodal
        )


def gather(world: World, dice: random.Random) -> None:
    values = {"title": "Review", "on": today(), "minutes": "Held."}
    events.save_event(world.kl, EventKind.MEETING, values, close=True, by=world.nodal)


def report(world: World, dice: random.Random) -> None:
    month = (today().replace(day=1) - timedelta(days=1)).replace(day=1)
    value = Decimal(dice.randrange(100)) if dice.random() > 0.2 else None
    given = [figures.Given(metric, value, month=month) for metric in ("tickets", "tickets_in_time")]
    given.append(figures.Given("transactions", value, ulb=a_town(world, dice).pk, month=month))
    given.append(figures.Given("transactions_digital", Decimal(60), purpose="target"))
    figures.save_figures(world.kl, given, by=world.nodal)


def desk(world: World, dice: random.Random) -> None:
    row = dice.choice([("help_desk", logs.save_help_desk), ("cadence", logs.save_cadence)])
    values = {"number": "1800", "hours": "10-18", "staff": 2, "since": today()}
    if row[0] == "cadence":
        values = {"every": "month", "chair": "Secretary", "since": today()}
    row[1](world.kl, values, version=0, by=world.nodal)


def vacate(world: World, dice: random.Random) -> None:
    """The neighbour's post falls vacant, and is filled again the day after."""
    post = world.mh_office.posts.get(kind="nodal_officer")
    held_now = post.appointments.filter(until=None).first()
    if held_now is not None and dice.random() < 0.5:
        actions.relieve(held_now, today(), by=world.head)
    elif held_now is None:
        actions.appoint(post, world.neighbour, today(), by=world.head)


def hand(world: World, dice: random.Random) -> None:
    """The IA hands its item over, or the State/UT hands it back."""
    codes = [line.code for line in catalogue().lines() if line.kind == "attested" and line.owner == "agency"]
    rows = Item.objects.filter(state=world.kl, code__in=codes, status__in=["in_progress", "returned"])
    found = list(rows.select_related("state"))
    item = dice.choice(found) if found else lines.item_for(world.kl, dice.choice(codes))
    if item.handed:
        lines.move(item, "hand_back", version=item.version, by=world.nodal, note="Page 4")
    else:
        lines.move(item, "hand_over", version=item.version, by=world.agency)


def withdraw(world: World, dice: random.Random) -> None:
    item = an_item(world, dice, "under_review")
    lines.move(item, "withdraw", version=item.version, by=world.nodal)


ACTS: tuple[Act, ...] = (
    remark, cite, cite, uncite, replace, submit, submit, answer, answer, reopen, ask_na, target, grant, mark,
    hand, save_record, save_record, cell, cell, cell, go_live, confirm, plan, rename, drop, merge, enter,
    back, plan_batch, fill, unplan, incident, solve, gather, report, desk, vacate,
)  # fmt: skip
# Those of the State/UT, the IA and the ULBs.
OF_THE_STATES_SIDE: tuple[Act, ...] = (
    remark, cite, cite, uncite, submit, submit, withdraw, withdraw, ask_na, ask_na, target, hand, hand,
    save_record, cell, cell, cell, go_live, go_live, confirm, plan, fill, incident, solve, gather, report,
    desk,
)  # fmt: skip


def close_stage_2(world: World) -> None:
    """The pilots are chosen anew and Stage 1 is closed; all that Stage 2 asks for, and its signing-off."""
    for code in SETTLING:
        item = lines.item_for(world.kl, code)
        if item.status not in {"accepted", "not_applicable"}:
            if item.status == "under_review":
                item = lines.move(item, "withdraw", version=item.version, by=world.nodal)
            evidence.cite(item, world.letter(world.kl, world.nodal, f"for {code}"), by=world.nodal)
            item = lines.item_for(world.kl, code)
            item = lines.move(item, "submit", version=item.version, by=world.nodal)
            lines.move(item, "accept", version=item.version, by=world.reviewer)
    for other in Ulb.objects.filter(state=world.kl, ended="", pilot=True).select_related("state"):
        register.drop(other, on=today(), reason="G.O.", by=world.nodal)
    pilot = register.create_ulb(world.kl, {"name": "The pilot", "type_code": 7}, by=world.nodal)
    register.update_ulb(pilot, {"pilot": True}, version=0, by=world.nodal)
    saw = {line.code: "met" for line in catalogue().lines(1, "criterion")}
    keep([Closure.objects.create(state=world.kl, stage=1, by=world.reviewer, saw=saw)])
    actions.touch(world.kl)
    readiness.confirm(pilot, Fact.OFFICIALS, answer=True, who="All", version=0, by=world.nodal)
    changes = {"master_data": "validated", "uat_planned_on": today()}
    rollout.save_cell(pilot, "PGR", changes, version=None, by=world.nodal)
    lines.close_stage(world.kl, 2, by=world.reviewer)
