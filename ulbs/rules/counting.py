"""What is counted of a state's towns, events, incidents and figures."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from nudm.core.ratio import Ratio
from ulbs.catalogue import metrics
from ulbs.rules.events import Topic
from ulbs.rules.figures import PARTS
from ulbs.rules.months import Months, month_before, reported, share_of, share_that_counts, value_that_counts

# Told by a module's sign-off and go-live together.
BOTH = "signed_and_live"
# The columns of a ULB that are counted, and the word that a measure has for each.
COUNTED: dict[str, str] = {
    "data_started_on": "master_data_started",
    "data_validated_on": "master_data_validated",
    "officials_named": "uat_participants",
    "uat_planned_on": "uat_scheduled",
    "uat_signed_on": "uat_signed_off",
    "trained_on": "trained",
    "live_on": "live",
    # UAT sign-off and go-live (deck, Stage 3, outcome 1) of one and the same module.
    BOTH: BOTH,
    "nodal_named": "nodal_officer",
    "data_team": "data_team",
    "data_operator": "data_operator",
    "baseline_given": "baseline",
    "adoption_team": "adoption_team",
}
GROUPS = ("pilot", "rest", "all")
MEASURES = frozenset(f"{group}.{word}" for group in GROUPS for word in COUNTED.values()) | {
    "pilot.identified",
    "all.planned",
    "first_batch.live",
    "batches.started",
    "events.kickoff",
    "events.training",
    "events.campaign",
    "cadence.meetings",
    "cadence.centre",
    "feedback.calls",
    "feedback.reverse_kt",
    "trainers.named",
    "criticals.fixed",
    "help_desk.effective",
    "metrics.tracked",
    "adoption.tracked",
    "adoption.reached",
    "help_desk.reported",
    "adoption.reported",
    "policy.change",
    "policy.transactions",
    *(f"reviews.{topic}" for topic in Topic),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds that the deck does not give; settings with these defaults, shown where they act.

    `critical_limit`: open critical incidents from which on a batch may not start. `pilots_begun`: whether
    master data must have begun in `all` pilots or `any`; `others_begun`: in how many of the other ULBs.
    `meetings`: how many of the last review meetings show a cadence, each within the days that the cadence
    gives after the one before, and the last within them of today. `channels`: different channels that make
    campaigns multi-channel. The last `help_desk_months` months that are
    over, each with at least `help_desk_in_time` per cent of its tickets in time, show an effective help desk;
    a month without tickets is reported as 0 and passed over, one that is not reported breaks the row. A month
    is asked for from `report_days` days after its end on. `periods`: months
    reported that show adoption tracking; `months_looked_at`: the last months reported among which the
    fullest counts. `live_when`: how many of a ULB's modules make it live (`any` or `all`). `batch_size`:
    ULBs in a new batch; `link_days`: how long a town's link is valid. `per_person`: how many registered
    citizens, transactions or applications a month to one inhabitant are taken without a question.
    """

    critical_limit: int = 3
    pilots_begun: str = "all"
    others_begun: int = 1
    meetings: int = 2
    channels: int = 2
    help_desk_months: int = 3
    help_desk_in_time: int = 80
    report_days: int = 0
    periods: int = 3
    months_looked_at: int = 3
    live_when: str = "any"
    batch_size: int = 30
    link_days: int = 14
    per_person: int = 3


CHOICES = {"pilots_begun": ("all", "any"), "live_when": ("all", "any")}


def wrong_limits(given: Mapping[str, Any]) -> list[str]:
    """What is wrong with thresholds as the settings give them; empty when they can be used."""
    known = {field.name for field in fields(Limits)}
    found = []
    for name, value in given.items():
        if name not in known:
            found.append(f"there is no threshold “{name}”; there are {', '.join(sorted(known))}.")
        elif name in CHOICES and value not in CHOICES[name]:
            found.append(f"“{name}” is {' or '.join(CHOICES[name])}, not “{value}”.")
        elif name == "report_days" and (type(value) is not int or not 0 <= value <= 27):
            found.append(f"“{name}” is a whole number of days from 0 to 27, not “{value}”.")
        elif name not in {*CHOICES, "report_days"} and (type(value) is not int or value < 1):
            found.append(f"“{name}” is a whole number from 1 on, not “{value}”.")
        elif name == "help_desk_in_time" and value > 100:
            found.append(f"“{name}” is at most 100 per cent, not “{value}”.")
    return found


@dataclass(frozen=True, slots=True)
class Group:
    """Towns in scope that share pilot and batch, and how many of them have each counted column.

    `priority`: whether they have one of the modules in scope that the State/UT chose to begin with."""

    pilot: bool
    batch: int | None
    started: bool
    towns: int
    have: Mapping[str, int]
    tracked: int = 0
    recent: int = 0
    priority: bool = True


def measures_of(
    groups: Iterable[Group], counts: Mapping[str, float], limits: Limits, day: date
) -> dict[str, Ratio]:
    """The measures of one state on `day` from its groups of towns and from named counts.

    The names of `counts`: `event:training` (closed ones), `review:design`, `channel:sms`,
    `meeting:answered:2026-11-05` (held on that day, action taken where it was due), `meeting:centre`,
    `feedback:calls`, `trainer`, `cadence:month`,
    `incident:critical`, `incident:tested` (no finding of a review), `critical:open`, `help_desk`,
    `policy:change` and `policy:change:settled`, `left:agreed:all,rest` (see `_beside`), and for figures
    `actual:tickets:2026-11-01:0` (the State/UT's
    own; else how many ULBs reported), which counts when its month is over on `day`, or
    `target:transactions`.
    """
    rows = list(groups)
    chosen = {"pilot": [g for g in rows if g.pilot], "rest": [g for g in rows if not g.pilot], "all": rows}
    measures = {
        f"{name}.{word}": Ratio(sum(_have(g, column, name) for g in part), _towns(part))
        for name, part in chosen.items()
        for column, word in COUNTED.items()
    }
    batched = [g for g in chosen["rest"] if g.batch is not None]
    live = measures["all.live"].n
    started = {g.batch: g.started for g in rows if g.batch is not None}
    found = (
        measures
        | {
            "pilot.identified": Ratio(_towns(chosen["pilot"]), _towns(rows)),
            "all.planned": Ratio(_towns(chosen["pilot"]) + _towns(batched), _towns(rows)),
            "first_batch.live": _best_batch(batched),
            "batches.started": Ratio(sum(started.values()), len(started)),
            "metrics.tracked": Ratio(sum(g.tracked for g in rows), live),
            "all.live_since": Ratio(sum(g.recent for g in rows), _towns(rows)),
        }
        | _kept(counts, limits, day, signed=measures["all.uat_signed_off"].begun)
        | _figures(counts, limits, day, live)
    )
    return found | _beside(found, counts)


# The count whose departures are told beside a measure that is of no group of towns.
BESIDE = {
    "pilot.identified": "all",
    "first_batch.live": "batch",
    "metrics.tracked": "modules",
}


def _beside(measures: Mapping[str, Ratio], counts: Mapping[str, float]) -> dict[str, Ratio]:
    """The measures of a count that ULBs have left, with how many: `left:agreed:all,rest` counts those that
    left both of these with the centre's agreement, `left:corrected:all,rest` by a correction."""
    left: Counter[tuple[str, str]] = Counter()
    for name, n in counts.items():
        if name.startswith("left:"):
            _left, status, of = name.split(":")
            left.update({(one, status): int(n) for one in of.split(",")})
    found = {}
    for name, ratio in measures.items() if left else ():
        group = BESIDE.get(name, name.partition(".")[0])
        out, corrected = left[group, "agreed"], left[group, "corrected"]
        if out or corrected:
            found[name] = replace(ratio, out=out, corrected=corrected)
    return found


def _best_batch(batched: Iterable[Group]) -> Ratio:
    """How many ULBs are live in the batch that is furthest of those that have begun, the lowest-numbered
    where several are equal: the first to be fully live is not always number 1 (deck, Stage 4, input 1). A
    batch that has not begun may be filled with live ULBs at will, so it shows nothing."""
    towns: Counter[int] = Counter()
    live: Counter[int] = Counter()
    for group in batched:
        if group.batch is not None and group.started and group.towns:
            towns[group.batch] += group.towns
            live[group.batch] += group.have.get("live_on", 0)
    best = max(towns, key=lambda number: (live[number] / towns[number], -number), default=0)
    return Ratio(live[best], towns[best])


# What is counted of the modules of a ULB.
OF_MODULES = frozenset(
    {
        "data_started_on",
        "data_validated_on",
        "uat_planned_on",
        "uat_signed_on",
        "trained_on",
        "live_on",
        BOTH,
    }
)


def _have(group: Group, column: str, name: str) -> int:
    """How many towns of a group have what is counted. A pilot shows a priority module: one that has none in
    scope has nothing to show (deck, Stage 1, criterion 5)."""
    if name == "pilot" and column in OF_MODULES and not group.priority:
        return 0
    return group.have.get(column, 0)


def _towns(groups: Iterable[Group]) -> int:
    return sum(group.towns for group in groups)


def _kept(counts: Mapping[str, float], limits: Limits, day: date, *, signed: bool) -> dict[str, Ratio]:
    """What registers of events, incidents and policies show; `signed` says whether any ULB has signed UAT
    off.

    Where no bug could have been found, none is fixed: until UAT was held or signed off, or an incident of
    any severity logged, “critical bugs fixed” (deck, Stage 3, outcome 5a) is not yet known. What a review
    of a design or a plan finds tests nothing; a critical finding that is open is a critical bug.
    """

    def n(name: str) -> int:
        return int(counts.get(name, 0))

    found = {f"events.{kind}": Ratio(min(n(f"event:{kind}"), 1), 1) for kind in _EVENTS}
    found |= {f"reviews.{topic}": Ratio(min(n(f"review:{topic}"), 1), 1) for topic in Topic}
    used = {method: n(f"feedback:{method}") for method in METHODS}
    found |= {f"feedback.{method}": Ratio(count, n("event:training")) for method, count in used.items()}
    channels = sum(name.startswith("channel:") for name in counts)
    held = in_cadence(counts, limits.meetings, day)
    tested = signed or n("event:uat") or n("incident:tested") or n("critical:open")
    critical = max(n("incident:critical"), 1) if tested else 0
    found["policy.change"] = Ratio(n("policy:change:settled"), n("policy:change"))
    return found | {
        "events.campaign": Ratio(min(channels, limits.channels), limits.channels),
        "trainers.named": Ratio(min(n("trainer"), 1), 1),
        "policy.transactions": _transactions(counts),
        "cadence.centre": Ratio(n("meeting:centre"), n("event:meeting")),
        "cadence.meetings": Ratio(held, limits.meetings),
        "criticals.fixed": Ratio(critical - n("critical:open"), critical),
    }


# Within how many days the next review is held.
DAYS_OF = {"week": 7, "fortnight": 15, "month": 31, "quarter": 92}


def in_cadence(counts: Mapping[str, float], wanted: int, day: date) -> int:
    """How many of the last review meetings, up to `wanted`, were held within the cadence that is set: the
    last one within its days of `day`, each other within its days of the next (deck, Stage 3, outcome 4). Of
    several on one day one counts; none does without a cadence."""
    set_to = [name.removeprefix("cadence:") for name in counts if name.startswith("cadence:")]
    if not set_to:
        return 0
    prefix = "meeting:answered:"
    held = {date.fromisoformat(name.removeprefix(prefix)) for name in counts if name.startswith(prefix)}
    found, until = 0, day
    for on in sorted((on for on in held if on <= day), reverse=True)[:wanted]:
        if (until - on).days > DAYS_OF[set_to[0]]:
            break
        found, until = found + 1, on
    return found


_EVENTS = ("kickoff", "training")
# Methods of feedback that are counted; of the third, train the trainers, the trainers are.
METHODS = ("calls", "reverse_kt")
# What says that transactions are a KPI: the figure that the target is set for.
KPI = "transactions_digital"


def _transactions(counts: Mapping[str, float]) -> Ratio:
    """Policies for 100% transactions that are settled, and the KPI itself, which is a target (deck, Stage 4,
    responsibility 4: policy reforms … as KPIs established)."""
    items, aim = int(counts.get("policy:transactions", 0)), f"target:{KPI}" in counts
    settled = int(counts.get("policy:transactions:settled", 0))
    return Ratio(settled + aim, max(items, 1) + 1) if items or aim else Ratio(0, 0)


def _figures(counts: Mapping[str, float], limits: Limits, day: date, live: int) -> dict[str, Ratio]:
    """What the months that are over show: an effective help desk, adoption tracked, targets reached."""
    months = reported(counts, day)
    targets = {
        name.removeprefix("target:"): value for name, value in counts.items() if name.startswith("target:")
    }
    desk_there = bool(counts.get("help_desk"))
    desk = _desk(months, limits, day) if desk_there else 0
    tracked = [m for m in targets if len(months.get(m, {})) >= limits.periods]
    reached = [m for m in targets if _target_met(m, targets[m], months, live, limits)]
    return {
        "help_desk.reported": _desk_given(months, limits, day) if desk_there else NEVER,
        "adoption.reported": _given([_silent(months.get(m, {}), day) for m in targets]),
        "help_desk.effective": Ratio(desk, limits.help_desk_months),
        "adoption.tracked": Ratio(len(tracked), len(targets)),
        "adoption.reached": Ratio(len(reached), len(targets)),
    }


# So many months back nothing was ever given.
FAR = 240
NEVER = Ratio(0, FAR)


def _given(silent: list[int]) -> Ratio:
    """1 of 1 where all is given of the months that are over: nobody can do more until the next one is;
    else 0 of so many months that were not given in a row."""
    longest = max(silent, default=FAR)
    return Ratio(0, longest) if longest else Ratio(1, 1)


def _silent(months: Months, day: date) -> int:
    """How many of the last months that are over were not given, in a row."""
    found, month = 0, month_before(day)
    while found < FAR and month not in months:
        found, month = found + 1, month_before(date.fromisoformat(month))
    return found


def _desk_given(months: Mapping[str, Months], limits: Limits, day: date) -> Ratio:
    """The same of the help desk, which a month missing between others holds up too, and tickets without
    how many were answered in time."""
    asked, in_time = months.get("tickets", {}), months.get("tickets_in_time", {})
    if silent := _silent(asked, day):
        return Ratio(0, silent)
    seen, month = 0, month_before(day)
    while seen < limits.help_desk_months and (told := asked.get(month)) is not None:
        if told.value > 0:
            if share_of(in_time.get(month), told) is None:
                return Ratio(0, 1)
            seen += 1
        month = month_before(date.fromisoformat(month))
    gap = seen < limits.help_desk_months and any(earlier < month for earlier in asked)
    return Ratio(0, 1) if gap else Ratio(1, 1)


def _desk(months: Mapping[str, Months], limits: Limits, day: date) -> int:
    """In how many of the last months over a help desk answered in time (deck, Stage 3, outcome 3:
    effectiveness assured), from the newest back. A month without a ticket shows nothing and is passed over;
    behind one that is not reported nothing counts: an old good month does not stand for a silent one."""
    asked, in_time = months.get("tickets", {}), months.get("tickets_in_time", {})
    month = month_before(day)
    if day.day <= limits.report_days and month not in asked:
        month = month_before(date.fromisoformat(month))
    seen = good = 0
    while seen < limits.help_desk_months and (told := asked.get(month)) is not None:
        if told.value > 0:
            share = share_of(in_time.get(month), told)
            good += share is not None and 100 * share.part >= limits.help_desk_in_time * share.whole
            seen += 1
        month = month_before(date.fromisoformat(month))
    return good


LESS_IS_BETTER = frozenset(metric.code for metric in metrics().values() if metric.better == "down")


def _target_met(metric: str, target: float, months: Mapping[str, Months], live: int, limits: Limits) -> bool:
    """Whether the month that counts reaches the target: per cent for a share, a number for the others."""
    told = months.get(metric, {})
    if metric in PARTS:
        share = share_that_counts(told, months.get(PARTS[metric], {}), live, limits.months_looked_at)
        return share is not None and share.whole > 0 and 100 * share.part >= target * share.whole
    value = value_that_counts(told, live, limits.months_looked_at)
    if value is None:
        return False
    return value <= target if metric in LESS_IS_BETTER else value >= target
