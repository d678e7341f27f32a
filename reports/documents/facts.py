"""What was known of a state at the end of a day: the one source of every report's figures."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.utils.translation import gettext as _

from nudm.core.dates import show
from nudm.core.ratio import Ratio
from phases.progress import Progress, progress_of
from phases.sources import kept_on
from reports.periods import first_of
from states.models import State
from ulbs.catalogue import modules
from ulbs.models import Batch, Deployment, Event, Exclusion, Figure, Incident, Override, Ulb
from ulbs.rules.months import Reported, Sums, added_up, counts_from


@dataclass(frozen=True)
class Facts:
    """A state at the end of `day`, as it was known at the end of `known`: its progress, and the rows that its
    reports list."""

    state: State
    day: date
    known: date
    progress: Progress
    ulbs: tuple[Ulb, ...]
    batches: tuple[Batch, ...]
    deployments: tuple[Deployment, ...]
    events: tuple[Event, ...]
    incidents: tuple[Incident, ...]
    figures: tuple[Figure, ...]
    exclusions: tuple[Exclusion, ...] = ()
    overrides: tuple[Override, ...] = ()

    @cached_property
    def cells(self) -> dict[tuple[int, str], Deployment]:
        """`{(ULB id, module): deployment}` of the ULBs that count."""
        counted = {ulb.pk for ulb in self.ulbs}
        return {(cell.ulb_id, cell.module): cell for cell in self.deployments if cell.ulb_id in counted}

    @cached_property
    def modules(self) -> tuple[str, ...]:
        """The modules in scope anywhere in the state, in the matrix's order."""
        used = {module for (_ulb, module), cell in self.cells.items() if cell.in_scope}
        return tuple(code for code in modules() if code in used)

    def live(self, module: str) -> Ratio:
        """ULBs live with a module, of those for which it is planned."""
        planned = [c for (_u, code), c in self.cells.items() if code == module and c.in_scope]
        return Ratio(sum(c.live_on is not None and c.withdrawn_on is None for c in planned), len(planned))

    @cached_property
    def reported(self) -> Sums:
        """What was reported of each figure in each month, by the ULBs and by the State/UT itself."""
        return added_up(
            (f.metric, f.month, f.ulb_id is None, f.value)
            for f in self.figures
            if f.purpose == "actual" and f.month and self._counts(f)
        )

    @cached_property
    def _from(self) -> dict[int, date | None]:
        """The month from which the figures of a ULB count."""
        return {ulb.pk: counts_from(ulb) for ulb in self.ulbs}

    def _counts(self, figure: Figure) -> bool:
        """Whether a reported figure counts: the State/UT's own, or of a ULB that counts in that month."""
        if figure.ulb_id is None:
            return True
        first = self._from.get(figure.ulb_id)
        return first is not None and figure.month is not None and figure.month >= first

    def figure(self, metric: str, month: date) -> Reported | None:
        """A metric of the state in a month; None where nothing was reported."""
        return self.reported.get(metric, {}).get(month.isoformat())

    def open_incidents(self) -> list[Incident]:
        """Incidents open on that day, the gravest and oldest first."""
        order = ["critical", "major", "minor"]
        rows = [i for i in self.incidents if i.closed_on is None or i.closed_on > self.day]
        return sorted(rows, key=lambda i: (order.index(i.severity), i.opened_on, i.pk))


def facts_of(state: State, day: date, *, known: date | None = None, since: date | None = None) -> Facts:
    """A state's facts dated up to `day`, as known at the end of the same day or of a later one, in a fixed
    number of queries."""
    rows = kept_on([state.pk], day, [Deployment, Figure, Override], known=known)
    ulbs = sorted((ulb for ulb in rows[Ulb] if ulb.counts), key=lambda ulb: (ulb.name, ulb.lgd_code))
    return Facts(
        state=state,
        day=day,
        known=known or day,
        progress=progress_of([state], since=since, as_on=day, known=known, kept=rows)[state.pk],
        ulbs=tuple(ulbs),
        batches=tuple(sorted(rows[Batch], key=lambda batch: batch.number)),
        deployments=tuple(rows[Deployment]),
        events=tuple(sorted(rows[Event], key=lambda event: (event.on, event.pk))),
        incidents=tuple(rows[Incident]),
        figures=tuple(rows[Figure]),
        exclusions=tuple(sorted(rows[Exclusion], key=lambda row: row.pk)),
        overrides=tuple(sorted(rows[Override], key=lambda row: row.pk)),
    )


def known_change(day: date) -> str:
    """What a change of ULBs is: of what was known, so that a go-live told late counts when it was told."""
    return _("Change: as known on this day, less as known on %(day)s.") % {"day": show(day)}


def dated_change(now: date, before: date) -> str:
    """What a change of ULBs from month to month is: a go-live that is told late counts by its own day."""
    return _("Change: as on %(now)s, less as on %(before)s.") % {"now": show(now), "before": show(before)}


def no_ulb() -> str:
    """What stands in the place of figures of ULBs where there is none."""
    return _("This State/UT has no ULB in the register.")


def in_month(day: date | None, month: date) -> bool:
    """Whether a day lies in a month."""
    return day is not None and first_of(day) == month


def types_of(ulbs: Iterable[Ulb]) -> dict[int, list[Ulb]]:
    """ULBs by their type."""
    found: dict[int, list[Ulb]] = {}
    for ulb in ulbs:
        found.setdefault(ulb.type_code, []).append(ulb)
    return dict(sorted(found.items()))
