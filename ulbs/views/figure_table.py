"""Twelve months of figures as a table with small charts, and where the State/UT's own total stands."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ulbs.catalogue import Metric, metrics
from ulbs.rules.months import Reported, Sums, of_ulbs_beside_own, share_of


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure of one month; `own` marks the State/UT's own total of a figure of ULBs, `of_ulbs` a share that
    is that of the ULBs beside it."""

    value: int
    share: int | None
    own: bool
    of_ulbs: bool


@dataclass(frozen=True, slots=True)
class Own:
    """The State/UT's own total of a month, and how many ULBs reported what beside it."""

    metric: Metric
    month: date
    total: int
    by: int
    of_ulbs: int


def table(
    sums: Sums, targets: Mapping[str, Any], baselines: Mapping[str, Any], newest_first: Sequence[date]
) -> list[dict[str, Any]]:
    """A line for each figure: its baseline, what stands in each of the months, its share, its target."""
    shown = newest_first[::-1]
    lines = []
    for metric in metrics().values():
        told, whole = sums.get(metric.code, {}), sums.get(metric.of or "", {})
        cells = [_cell(metric, told.get(f"{m}"), whole.get(f"{m}")) for m in shown]
        if any(cell is not None for cell in cells):
            lines.append(
                {
                    "metric": metric,
                    "cells": cells,
                    "baseline": baselines.get(metric.code),
                    "target": targets.get(metric.code),
                    "bars": _bars(cells),
                }
            )
    return lines


def own_totals(sums: Sums, newest_first: Sequence[date]) -> list[Own]:
    """Where, in these months, the State/UT's own total stands in place of the sum over its ULBs."""
    return [
        Own(metric, month, int(told.own), told.by, int(told.total))
        for month in newest_first
        for metric in metrics().values()
        if metric.level == "ulb"
        and (told := sums.get(metric.code, {}).get(f"{month}")) is not None
        and told.own is not None
    ]


def _cell(metric: Metric, told: Reported | None, whole: Reported | None) -> Cell | None:
    if told is None:
        return None
    share = share_of(told, whole) if metric.of else None
    percent = round(100 * share.part / share.whole) if share and share.whole else None
    own = told.own is not None and metric.level == "ulb"
    return Cell(int(told.value), percent, own, of_ulbs_beside_own(told, whole))


def _bars(cells: Iterable[Cell | None]) -> list[tuple[int, int, int]]:
    """The columns of a small chart: place, top and height, of 100; of shares where there is one."""
    told = list(cells)
    shares = any(cell is not None and cell.share is not None for cell in told)
    values = [(cell.share if shares else cell.value) or 0 if cell else 0 for cell in told]
    most = max(values) or 1
    heights = [round(40 * value / most) for value in values]
    return [(n * 9, 40 - height, height) for n, height in enumerate(heights)]
