"""Demonstration registers: workshops, reviews, help desk, incidents, policies and monthly figures."""

from copy import copy
from datetime import date, timedelta
from typing import Any

from reports.demo.towns import YEAR, moment
from states.models import Past, State
from states.past import held, line
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


def build(state: State, level: float, today: date) -> None:
    """Registers of one state at `level` (0 nothing done, 1 to 3 stages done)."""
    towns = list(Ulb.objects.filter(state=state))
    told: list[tuple[int, Any]] = []
    _events(state, level, today, towns, told)
    _reviews(state, level, today, told)
    if level > 1.2:
        told.append((_ago(level, 1.2), _policy(state, "change", "not_needed", today, _ago(level, 1.2))))
    if level > 3.05:
        told.append((_ago(level, 3.05), _policy(state, "transactions", "notified", today, 4)))
    if level > 1.9:
        _incidents(state, level, today, towns, told)
    if level > 2.2:
        _figures(state, level, today, towns, told)
    lines = [line(row, moment(today, ago), held(row)) for ago, row in sorted(told, key=lambda t: -t[0])]
    Past.objects.bulk_create(lines, batch_size=1000)


def _ago(level: float, since: float) -> int:
    return max(1, min(YEAR - 10, round((level - since) * 110)))


def _events(state: State, level: float, today: date, towns: list[Ulb], told: list[Any]) -> None:
    plan = (
        (
            EventKind.KICKOFF,
            0.7,
            "Kick-off workshop with the pilot ULBs (demo)",
            {"minutes": "Minutes (demo)."},
        ),
        (
            EventKind.TRAINING,
            2.0,
            "Training of the pilot ULBs (demo)",
            {
                "invited": 40,
                "attended": 36,
                "feedback_method": "reverse_kt",
                "recording": "https://recordings.example.in/demo",
            },
        ),
        (EventKind.CAMPAIGN, 3.0, "Pay from home (demo)", {"channel": "radio", "reach": 120_000}),
    )
    for kind, since, title, values in plan:
        if level > since:
            on = today - timedelta(days=_ago(level, since))
            row = Event.objects.create(
                state=state, kind=kind.value, title=title, on=on, closed_on=on, place="Demo Hall", **values
            )
            part = [EventUlb(state=state, event=row, ulb=ulb) for ulb in towns if ulb.pilot]
            told += [(_ago(level, since), made) for made in [row, *EventUlb.objects.bulk_create(part)]]


def _reviews(state: State, level: float, today: date, told: list[Any]) -> None:
    if level <= 2.0:
        return
    since = _ago(level, 2.0)
    cadence = Cadence.objects.create(
        state=state, every="month", chair="Principal Secretary (demo)", since=today - timedelta(days=since)
    )
    told.append((since, cadence))
    for n in range(min(3, 1 + since // 30)):
        ago = max(1, since - 30 * n)
        on = today - timedelta(days=ago)
        row = Event.objects.create(
            state=state,
            kind=EventKind.MEETING.value,
            title=f"Review no. {n + 1} (demo)",
            on=on,
            closed_on=on,
            minutes="Roll-out, training and incidents were reviewed. (Demonstration text.)",
        )
        told.append((ago, row))
        words, due = "Send the training calendar (demo)", on + timedelta(days=14)
        point = ActionPoint.objects.create(state=state, event=row, text=words, owner="agency", due=due)
        told.append((ago, copy(point)))
        if ago > 20:
            point.done_on, point.taken = on + timedelta(days=10), "Calendar sent. (Demonstration text.)"
            point.save()
            told.append((ago - 10, point))


def _policy(state: State, topic: str, status: str, today: date, ago: int) -> PolicyItem:
    titles = {
        "change": "Bye-laws allow the platform as they are (demo)",
        "transactions": "Order on KPIs (demo)",
    }
    return PolicyItem.objects.create(
        state=state, topic=topic, title=titles[topic], status=status, since=today - timedelta(days=ago)
    )


def _incidents(state: State, level: float, today: date, towns: list[Ulb], told: list[Any]) -> None:
    stays_open = level < 2.7 and state.lgd_code % 2
    plan = (("critical", "Receipt is not printed (demo)", True), ("major", "Report is slow (demo)", True))
    plan += (("critical", "Payment is not posted (demo)", not stays_open),)
    for n, (severity, title, closed) in enumerate(plan):
        ago = max(3, _ago(level, 1.9) - 9 * n)
        row = Incident.objects.create(
            state=state,
            ulb=towns[n % len(towns)] if towns else None,
            module="PGR",
            title=title,
            severity=severity,
            opened_on=today - timedelta(days=ago),
        )
        told.append((ago, row))
        if closed:
            row.closed_on = today - timedelta(days=ago - 2)
            row.solution = "Corrected in the next release. (Demonstration text.)"
            row.save()
            told[-1] = (ago, _open(row))
            told.append((ago - 2, row))


def _open(row: Incident) -> Incident:
    """The incident as it stood before it was closed."""
    before = Incident.objects.get(pk=row.pk)
    before.closed_on, before.solution = None, ""
    return before


def _figures(state: State, level: float, today: date, towns: list[Ulb], told: list[Any]) -> None:
    rows: list[tuple[int, Figure]] = []
    months = [_month(today, n) for n in (4, 3, 2, 1)]
    desk = HelpDesk.objects.create(
        state=state,
        number="1800-000-000 (demo)",
        hours="10:00-18:00",
        staff=4,
        since=months[0],
    )
    told.append(((today - months[0]).days, desk))
    for n, month in enumerate(months):
        ago = max(1, (today - month).days - 33)
        for metric, value in (("tickets", 180 - 10 * n), ("tickets_in_time", 160 - 6 * n)):
            rows.append((ago, _figure(state, None, metric, month, value)))
    for metric, value in TARGETS.items():
        rows.append((_ago(level, 2.2), _figure(state, None, metric, None, value, "target")))
    for n, town in enumerate(towns):
        reported = [month for month in months if town.live_on and town.live_on < _month(month, -1)]
        if town.live_on and not reported:
            reported = months[-1:]
        town.months_reported = len(reported)
        for place, month in enumerate(reported):
            ago = max(1, (today - month).days - 33 - n % 3)
            for metric, value in MONTH.items():
                grown = round(value * (1 + 0.06 * place) * (0.7 + 0.1 * (n % 7)))
                rows.append((ago, _figure(state, town, metric, month, grown)))
    Ulb.objects.bulk_update(towns, ["months_reported"], batch_size=200)
    Figure.objects.bulk_create([row for _ago_, row in rows], batch_size=500)
    told += rows
    told += [(1, town) for town in towns if town.months_reported]


def _month(day: date, back: int) -> date:
    """The first day of the month `back` months before the one of `day`."""
    count = day.year * 12 + day.month - 1 - back
    return date(count // 12, count % 12 + 1, 1)


def _figure(
    state: State, ulb: Ulb | None, metric: str, month: date | None, value: int, purpose: str = "actual"
) -> Figure:
    key = figure_key(state.pk, ulb.pk if ulb else None, metric, purpose, month)
    return Figure(state=state, ulb=ulb, metric=metric, purpose=purpose, month=month, value=value, key=key)
