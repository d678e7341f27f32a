"""Demonstration registers: workshops, reviews, help desk, incidents, policies and monthly figures."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from reports.demo.reviews import file_of
from reports.demo.year import Year, ago_of
from states.models import State
from ulbs.models import (
    ActionPoint,
    Cadence,
    Event,
    EventUlb,
    Figure,
    HelpDesk,
    Incident,
    PolicyItem,
    Ulb,
    figure_key,
)
from ulbs.rules.events import EventKind

# A month of one town of 10,000 people.
MONTH = {
    "transactions": 820,
    "transactions_digital": 560,
    "employees": 24,
    "employees_active": 19,
    "citizens": 1400,
    "applications": 310,
    "applications_in_sla": 268,
    "pendency": 21,
}
TARGETS = {"transactions_digital": 60, "employees_active": 75, "applications_in_sla": 80}
# What is held from which level on, with all pilots.
EVENTS: tuple[tuple[EventKind, float, dict[str, Any]], ...] = (
    (
        EventKind.KICKOFF,
        0.7,
        {"title": "Kick-off workshop with the pilot ULBs (demo)", "minutes": "Minutes (demo)."},
    ),
    (
        EventKind.TRAINING,
        2.0,
        {
            "title": "Training of the pilot ULBs (demo)",
            "invited": 40,
            "attended": 36,
            "feedback_method": "calls,reverse_kt",
            "recording": "https://recordings.example.in/demo",
        },
    ),
    (EventKind.CAMPAIGN, 3.0, {"title": "Pay from home (demo)", "channel": "radio", "reach": 120_000}),
    (EventKind.CAMPAIGN, 3.1, {"title": "Your complaint by phone (demo)", "channel": "sms", "reach": 45_000}),
)
POLICIES = {
    "change": "Bye-laws allow the platform as they are (demo)",
    "transactions": "Order on KPIs (demo)",
}


def tell(year: Year, state: State, level: float, towns: list[Ulb]) -> None:
    """Registers of one state at `level` (0 nothing done, 1 to 3 stages done)."""
    _events(year, state, level, towns)
    _reviews(year, state, level)
    for topic, status, since in (("change", "not_needed", 1.2), ("transactions", "notified", 3.05)):
        if level > since:
            ago = ago_of(level, since)
            year.tell(year.at(ago), partial(_policy, state, topic, status, year.day(ago)))
    if level > 1.9:
        _incidents(year, state, level, towns)
    if level > 2.2:
        _desk(year, state)
        year.tell(year.at(ago_of(level, 2.2)), partial(_targets, state, year.at(ago_of(level, 2.2))))
        _months(year, state, towns)


def _events(year: Year, state: State, level: float, towns: list[Ulb]) -> None:
    pilots = [town for town in towns if town.pilot]
    for kind, since, values in EVENTS:
        if level > since:
            ago = ago_of(level, since)
            values = values | {"on": year.day(ago), "closed_on": year.day(ago), "place": "Demo Hall"}
            year.tell(year.at(ago), partial(_hold, state, kind, values, pilots, year.at(ago)))


def _hold(state: State, kind: EventKind, values: dict[str, Any], towns: list[Ulb], at: datetime) -> list[Any]:
    event = Event.objects.create(state=state, kind=kind.value, **values)
    files = [file_of(event, "presentation.pdf", at)] if kind is EventKind.KICKOFF else []
    return [event, *(EventUlb(state=state, event=event, ulb=ulb) for ulb in towns), *files]


def _reviews(year: Year, state: State, level: float) -> None:
    if level <= 2.0:
        return
    since = ago_of(level, 2.0)
    cadence = Cadence(state=state, every="month", chair="Principal Secretary (demo)", since=year.day(since))
    year.tell(year.at(since), lambda: [cadence])
    for n in range(1 + since // 30):
        _review(year, state, n + 1, max(1, since - 30 * n))


def _review(year: Year, state: State, number: int, ago: int) -> None:
    """A review meeting with its point of action, which is done ten days later."""
    on = year.day(ago)
    words, due = "Send the training calendar (demo)", on + timedelta(days=14)
    point = ActionPoint(state=state, text=words, owner="agency", due=due)

    def meet() -> list[Any]:
        minutes = "Roll-out, training and incidents were reviewed. (Demonstration text.)"
        values = {"title": f"Review no. {number} (demo)", "on": on, "closed_on": on, "minutes": minutes}
        values["with_centre"] = number % 2 == 0
        [point.event] = _hold(state, EventKind.MEETING, values, [], year.at(ago))
        return [point.event, point]

    def settle() -> list[Any]:
        point.done_on, point.taken = on + timedelta(days=10), "Calendar sent. (Demonstration text.)"
        return [point]

    year.tell(year.at(ago), meet)
    if ago > 20:
        year.tell(year.at(ago - 10), settle)


def _policy(state: State, topic: str, status: str, on: date) -> list[PolicyItem]:
    return [PolicyItem(state=state, topic=topic, title=POLICIES[topic], status=status, since=on)]


def _incidents(year: Year, state: State, level: float, towns: list[Ulb]) -> None:
    stays_open = level < 2.7 and state.lgd_code % 2
    plan = (("critical", "Receipt is not printed (demo)", True), ("major", "Report is slow (demo)", True))
    plan += (("critical", "Payment is not posted (demo)", not stays_open),)
    for n, (severity, title, closed) in enumerate(plan):
        ago = max(3, ago_of(level, 1.9) - 9 * n)
        town = towns[n % len(towns)] if towns else None
        row = Incident(state=state, ulb=town, module="PGR", title=title, severity=severity)
        row.opened_on = year.day(ago)
        year.tell(year.at(ago), partial(list, [row]))
        if closed:
            year.tell(year.at(ago - 2), partial(_solve, row, year.day(ago - 2)))


def _solve(row: Incident, on: date) -> list[Incident]:
    row.closed_on, row.solution = on, "Corrected in the next release. (Demonstration text.)"
    return [row]


def _desk(year: Year, state: State) -> None:
    """The help desk, in service for four months, each of which it reports when it is over."""
    since = _month(year.today, 4)
    desk = HelpDesk(state=state, number="1800-000-000 (demo)", hours="10:00-18:00", staff=4, since=since)
    year.tell(year.at((year.today - since).days), lambda: [desk])
    for n, (month, ago) in enumerate(_reported(year)):
        at, values = year.at(ago), {"tickets": 180 - 10 * n, "tickets_in_time": 160 - 6 * n}
        year.tell(at, partial(_figures, state, None, values, month, at))


def _targets(state: State, at: datetime) -> list[Figure]:
    return _figures(state, None, TARGETS, None, at, "target")


def _months(year: Year, state: State, towns: list[Ulb]) -> None:
    """Each town reports the months that it was live in; one that went live since then, the running month as
    far as it is over."""
    given: set[tuple[int, date]] = set()
    for n, town in enumerate(towns):
        for month, ago in _reported(year):
            at = year.at(max(1, ago - n % 3))
            year.tell(at, partial(_report, state, town, n, month, at, given))
    for ago in (15, 8, 1):
        month = _month(year.day(ago), 0)
        year.tell(year.at(ago), partial(_first_reports, state, towns, month, year.at(ago), given))


def _reported(year: Year) -> list[tuple[date, int]]:
    """The last four months, and how many days ago each was reported: a day or two after it was over."""
    months = [_month(year.today, n) for n in (4, 3, 2, 1)]
    return [(month, ago) for month in months if (ago := (year.today - month).days - 33) > 0]


def _report(
    state: State, town: Ulb, n: int, month: date, at: datetime, given: set[tuple[int, date]]
) -> list[Any]:
    if town.live_on is None or town.live_on >= _month(month, -1) or (id(town), month) in given:
        return []
    grown = (1 + 0.06 * town.months_reported) * (0.7 + 0.1 * (n % 7))
    town.months_reported += 1
    values = {metric: round(value * grown) for metric, value in MONTH.items()}
    return [*_figures(state, town, values, month, at), town]


def _first_reports(
    state: State, towns: list[Ulb], month: date, at: datetime, given: set[tuple[int, date]]
) -> list[Any]:
    told: list[Any] = []
    for n, town in enumerate(towns):
        if town.live_on is not None and not town.months_reported:
            town.months_reported = 1
            given.add((id(town), month))
            values = {metric: round(value * (0.7 + 0.1 * (n % 7))) for metric, value in MONTH.items()}
            told += [*_figures(state, town, values, month, at), town]
    return told


def _month(day: date, back: int) -> date:
    """The first day of the month `back` months before the one of `day`."""
    count = day.year * 12 + day.month - 1 - back
    return date(count // 12, count % 12 + 1, 1)


def _figures(
    state: State,
    ulb: Ulb | None,
    values: dict[str, int],
    month: date | None,
    at: datetime,
    purpose: str = "actual",
) -> list[Figure]:
    pk = ulb.pk if ulb else None
    return [
        Figure(
            state=state,
            ulb=ulb,
            metric=metric,
            purpose=purpose,
            month=month,
            value=value,
            key=figure_key(state.pk, pk, metric, purpose, month),
            at=at,
        )
        for metric, value in values.items()
    ]
