"""Verbs on monthly figures, baselines and targets."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, Sum
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from nudm.core.bounds import LINE, within
from nudm.core.dates import show, today
from nudm.core.earliest import EARLIEST
from nudm.core.errors import NotAllowed, Refused
from nudm.core.seen import seen, unchanged
from states.access import powers, require
from states.actions import Moved, record, touch
from states.models import State
from states.past import gone, keep
from ulbs.actions.readiness import usable
from ulbs.actions.reported import BASELINE as BASELINE
from ulbs.actions.reported import count
from ulbs.actions.seen_figures import changed_since, plain, shown
from ulbs.catalogue import is_whole, metrics
from ulbs.limits import limits
from ulbs.models import Figure, TownLink, Ulb, figure_key
from ulbs.rules.figures import beside, doubtful, exceeds, pairs_with

P = Figure.Purpose
_VALUE: Any = Figure._meta.get_field("value")
DIGITS, DECIMALS = _VALUE.max_digits, _VALUE.decimal_places


@dataclass(frozen=True, slots=True)
class Given:
    """One figure as it was given; `value` None takes it away. `ulb` None: the State/UT's own, which of a
    figure of ULBs is its total in place of their sum (docs/decisions/0022-the-states-own-total.md)."""

    metric: str
    value: Decimal | None
    ulb: int | None = None
    purpose: str = "actual"
    month: date | None = None


@transaction.atomic
def save_figures(
    state: State,
    given: Sequence[Given],
    *,
    by: Any,
    source: str = "typed",
    link: TownLink | None = None,
    saw: str | None = None,
    held: Mapping[int, Decimal | None] | None = None,
    sure: str = "",
) -> int:
    """Write figures of one state, all or none; how many changed.

    A figure that looks impossible (`ulbs.rules.figures.doubtful`) is refused with the code `doubtful`, unless
    `sure` says why it is right; that is kept with the figure and written to the log.

    A fixed number of queries. `saw` is what a form showed of these figures (`seen_of`): Conflict when one of
    them was changed since. `held` is what a downloaded sheet held of those that it gives, by their place:
    Refused with each that was changed since. Raises NotAllowed for a figure that is not the person's to
    give, Refused with every wrong one by its place (`0.month`): a month to come, an unknown figure, one of
    the State/UT in a ULB or a baseline without one, a part that is more than its whole (given with it or
    before it), a baseline that is given already and was frozen at go-live. One that is missing may be given
    later, or the ULB's figures could never be tracked (deck, Stage 3, outcome 5b: baseline + at least one
    period).
    """
    # A part and its whole, given at one moment by two people, wait for one another.
    if any(g.ulb is None for g in given):
        State.objects.select_for_update(no_key=True).get(pk=state.pk)
    locked = Ulb.objects.select_for_update(of=("self",)).filter(state=state).order_by("pk")
    ulbs = {row.pk: row for row in locked.filter(pk__in={g.ulb for g in given if g.ulb})}
    _allowed(state, given, ulbs, by, link)
    stored = {
        row.key: row
        for row in Figure.objects.select_for_update(of=("self",)).filter(
            key__in={_key(state, replace(g, metric=m)) for g in given for m in (g.metric, *beside(g.metric))}
        )
    }
    before = {g.metric: stored[_key(state, g)].value for g in given if _key(state, g) in stored}
    unchanged(saw, shown(before), shown({g.metric: g.value for g in given}))
    _refuse_wrong(given, ulbs, state, stored, held or {})
    doubts = _doubts(state, given, ulbs, stored)
    within(LINE, sure=sure)
    if doubts and not sure.strip():
        words = _(
            "Some figures look impossible, and nothing was saved. Correct them, or write down why they are "
            "right."
        )
        raise Refused(words, code="doubtful", fields=doubts)
    doubted = {_key(state, given[int(place.partition(".")[0])]) for place in doubts}
    new, changed, removed = [], [], []
    for g in given:
        row = stored.get(_key(state, g))
        if row is None and g.value is not None:
            new.append(_row(state, g, by, source))
        elif row is not None and g.value is None:
            removed.append(row)
        elif row is not None and g.value is not None and row.value != g.value:
            row.value, row.source, row.by = g.value, source, by
            changed.append(row)
    for row in (*new, *changed):
        row.sure = sure.strip()[:300] if row.key in doubted else ""
    Figure.objects.bulk_create(new, batch_size=500)
    Figure.objects.bulk_update(changed, ["value", "source", "by", "sure"], batch_size=300)
    gone(removed)
    Figure.objects.filter(pk__in=[row.pk for row in removed]).delete()
    if new or changed or removed:
        keep([*new, *changed])
        count([ulbs[pk] for pk in sorted({g.ulb for g in given if g.ulb})])
        touch(state, moved=Moved.CELLS, ulbs={g.ulb for g in given if g.ulb})
        record(
            "figures.save",
            by=by,
            state=state,
            figures=len(new) + len(changed) + len(removed),
            source=source,
            link=link.pk if link else None,
            doubtful=len(doubts),
            sure=sure.strip() if doubts else "",
        )
    return len(new) + len(changed) + len(removed)


def _doubts(
    state: State, given: Sequence[Given], ulbs: Mapping[int, Ulb], stored: Mapping[str, Figure]
) -> dict[str, list[str]]:
    """The figures that look impossible, by their place; what is stored already is not asked again."""
    asked = []
    for n, g in enumerate(given):
        row = stored.get(_key(state, g))
        if g.value is not None and (row is None or row.value != g.value):
            asked.append((n, g))
    own = _people(state) if any(g.ulb is None for _n, g in asked) else None
    found: dict[str, list[str]] = {}
    for n, g in asked:
        metric = metrics()[g.metric]
        if g.purpose == P.TARGET and metric.of:
            continue
        ulb = ulbs.get(g.ulb) if g.ulb is not None else None
        people = own if g.ulb is None else ulb.population if ulb is not None else None
        most = doubtful(metric, g.value or Decimal(), people, g.month, limits().per_person)
        if most is None:
            continue
        words = (
            _("“%(figure)s” (%(n)s) is more than the month has days (%(most)s).")
            if metric.unit == "days"
            else _("“%(figure)s” (%(n)s) is more than the people who live there allow (at most %(most)s).")
        )
        name = metric.in_(get_language() or "en")
        told = {"figure": name, "n": plain(g.value), "most": plain(Decimal(most))}
        found[f"{n}.value"] = [words % told]
    return found


def _people(state: State) -> int | None:
    """How many people live in the state's ULBs in scope; None where that is not known of all."""
    there = Ulb.objects.filter(state=state, in_scope=True, ended="")
    told = there.aggregate(people=Sum("population"), of=Count("pk"), known=Count("population"))
    return told["people"] if told["of"] and told["of"] == told["known"] else None


def seen_of(values: Mapping[str, Decimal], asked: Iterable[str]) -> str:
    """What a form that is about to be shown sees of the figures that it asks."""
    return seen(shown({name: values[name] for name in asked if name in values}))


def _key(state: State, g: Given) -> str:
    return figure_key(state.pk, g.ulb, g.metric, g.purpose, g.month)


def _row(state: State, g: Given, by: Any, source: str) -> Figure:
    return Figure(
        key=_key(state, g),
        state=state,
        ulb_id=g.ulb,
        metric=g.metric,
        purpose=g.purpose,
        month=g.month,
        value=g.value or Decimal(0),
        source=source,
        by=by,
    )


def _allowed(
    state: State, given: Sequence[Given], ulbs: Mapping[int, Ulb], by: Any, link: TownLink | None
) -> None:
    """The State/UT gives all of its figures, a town (by post or link) its own, nobody a neighbour's."""
    if link is not None:
        if not usable(link) or any(g.ulb != link.ulb_id or g.purpose == P.TARGET for g in given):
            raise NotAllowed(_("This link is no longer valid. Ask the State/UT's office for a new one."))
        return
    if not given:
        require(by, "manage_ulbs", state)
    if "manage_ulbs" in powers(by, state):
        return
    for g in given:
        if g.ulb is None or g.ulb not in ulbs or g.purpose == P.TARGET:
            require(by, "manage_ulbs", state)
        else:
            require(by, "update_town", ulbs[g.ulb])


def _refuse_wrong(
    given: Sequence[Given],
    ulbs: Mapping[int, Ulb],
    state: State,
    stored: Mapping[str, Figure],
    held: Mapping[int, Decimal | None],
) -> None:
    fields: dict[str, list[str]] = {}
    seen: set[str] = set()
    values = {key: row.value for key, row in stored.items()} | {_key(state, g): g.value for g in given}
    told = {_key(state, g) for g in given}
    for n, g in enumerate(given):
        row = stored.get(_key(state, g))
        since = changed_since(held[n], row.value if row else None, g.value) if n in held else []
        for name, words in since or _wrong(g, ulbs, row) or _too_much(state, g, values, told):
            fields.setdefault(f"{n}.{name}", []).append(words)
        if _key(state, g) in seen:
            fields.setdefault(f"{n}.metric", []).append(_("This figure is given twice."))
        seen.add(_key(state, g))
    if fields:
        raise Refused(_("Some figures cannot be taken. Nothing was saved."), code="figures", fields=fields)


def _wrong(g: Given, ulbs: Mapping[int, Ulb], stored: Figure | None) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if g.metric not in metrics():
        return [("metric", _("“%(name)s” is not one of the figures.") % {"name": g.metric[:30]})]
    if g.ulb is not None and g.ulb not in ulbs:
        found.append(("ulb", _("There is no such ULB in this State/UT.")))
    found += _wrong_value(g)
    if (g.purpose == P.ACTUAL) != (g.month is not None):
        found.append(("month", _("A reported figure names its month; a baseline and a target have none.")))
    if words := _misplaced(g):
        found.append(("ulb", words))
    if g.month is not None and (g.month.day != 1 or g.month > today()):
        found.append(("month", _("%(month)s has not begun.") % {"month": show(g.month)[3:]}))
    if g.month is not None and g.month < EARLIEST:
        words = _("%(month)s lies before the year 2000. Correct the year.")
        found.append(("month", words % {"month": show(g.month)[3:]}))
    if g.purpose == P.TARGET:
        found += _wrong_target(g)
    ulb = ulbs.get(g.ulb or 0)
    ended = ulb.ended_on if ulb is not None and ulb.ended else None
    if g.value is not None and g.month is not None and ended is not None and g.month > ended:
        words = _("The ULB ended on %(day)s: it has no figures of a month after it.")
        found.append(("month", words % {"day": show(ended)}))
    live = ulb.live_on if ulb is not None else None
    frozen = stored is not None and stored.value != g.value
    if g.purpose == P.BASELINE and live is not None and frozen:
        words = _("The ULB is live since %(day)s; its baseline stays as it is.") % {"day": show(live)}
        found.append(("value", words))
    return found


def _wrong_value(g: Given) -> Iterator[tuple[str, str]]:
    if g.value is None:
        return
    if g.value < 0:
        yield "value", _("A figure is not negative.")
    if not _fits(g.value):
        words = _("A figure has at most %(whole)s digits, and %(decimals)s decimals.")
        yield "value", words % {"whole": DIGITS - DECIMALS, "decimals": DECIMALS}
    share = g.purpose == P.TARGET and metrics()[g.metric].of is not None
    if is_whole(metrics()[g.metric]) and not share and g.value != g.value.to_integral_value():
        yield "value", _("This figure is a count: write a whole number, without decimals.")


def _fits(value: Decimal) -> bool:
    """Whether the column holds a number as it is given: neither cut off nor rounded."""
    return value < 10 ** (DIGITS - DECIMALS) and value == value.quantize(Decimal(10) ** -DECIMALS)


def _misplaced(g: Given) -> str:
    """Why a figure is not given where it is: of its own total the State/UT reports months, no baseline."""
    metric = metrics()[g.metric]
    name = {"figure": metric.in_(get_language() or "en")}
    if g.value is None or g.purpose == P.TARGET:
        return ""
    if metric.level == "state" and g.ulb is not None:
        return _("“%(figure)s” is a figure of the State/UT. Leave the ULB out.") % name
    if metric.level == "ulb" and g.ulb is None and g.purpose == P.BASELINE:
        return _("The baseline of “%(figure)s” is given for each ULB. Name the ULB.") % name
    return ""


def _wrong_target(g: Given) -> Iterator[tuple[str, str]]:
    metric = metrics()[g.metric]
    if g.ulb is not None:
        yield "ulb", _("Targets are set for the State/UT.")
    if g.value is not None and not metric.adoption:
        words = _("No target is set for “%(figure)s”.")
        yield "metric", words % {"figure": metric.in_(get_language() or "en")}
    if g.value is not None and metric.of and g.value > 100:
        yield "value", _("A share is at most 100 per cent.")


def _too_much(
    state: State, g: Given, values: Mapping[str, Decimal | None], told: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Said beside the part; beside the whole where the part was given before."""
    if g.purpose == P.TARGET:
        return
    names = {name: metrics()[name].in_(get_language() or "en") for name in (g.metric, *beside(g.metric))}
    keys = {name: _key(state, replace(g, metric=name)) for name in names}
    of = {name: values.get(key) for name, key in keys.items()}
    for part, whole in pairs_with(g.metric):
        beside_it = part == g.metric or keys[part] not in told
        if beside_it and _stands_alone(g, of[part], of[whole]):
            words = _("“%(part)s” is a part of “%(whole)s”: give both for the month, or neither.")
            yield "value", words % {"part": names[part], "whole": names[whole]}
        if exceeds(part, whole, of) and beside_it:
            words = _(
                "“%(part)s” (%(n)s) is more than “%(whole)s” (%(of)s), of which it is a part. "
                "Correct one of the two."
            )
            yield "value", words % {
                "part": names[part], "n": plain(of[part]), "whole": names[whole], "of": plain(of[whole]),
            }  # fmt: skip


def _stands_alone(g: Given, part: Decimal | None, whole: Decimal | None) -> bool:
    """Whether a part is reported without its whole: summed up over ULBs of which some gave the one and some
    the other, a share says nothing. Of its own totals the State/UT may give one (decision 22)."""
    own_total = g.ulb is None and metrics()[g.metric].level == "ulb"
    return g.purpose == P.ACTUAL and part is not None and whole is None and not own_total
