"""The national review note: 36 States/UTs, movement rather than level alone, peers of like size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from nudm.core.left import left_words
from nudm.core.templatetags.ui import PARTY_WORDS, STATUS_WORDS
from nudm.core.text import alike
from phases.progress import Progress
from reports.documents.facts import dated_change
from reports.documents.parts import INT, NUMBER, SHARE, Part, column, section, table
from reports.words import no_longer
from states.models import State

# States/UTs are compared with those of like size: the number of ULBs that count, up to and including.
SIZES = (5, 60, 150, 300)


@dataclass(frozen=True, slots=True)
class Standing:
    """A State/UT's place among its peers, with the sum that it comes from."""

    state: State
    peers: int
    criteria: int
    lines: int
    towns: float

    @property
    def score(self) -> float:
        """Criteria met since the day of comparison count 10 each, lines accepted 1 each, and the share of
        ULBs that went live up to 10: what moved, not what stands."""
        return 10 * self.criteria + self.lines + 10 * self.towns


def size_of(towns: int) -> int:
    """The class of a State/UT by its number of ULBs: 0 for the smallest."""
    return next((n for n, most in enumerate(SIZES) if towns <= most), len(SIZES))


def standings(
    states: Sequence[State], now: Mapping[int, Progress], before: Mapping[int, Progress]
) -> list[tuple[int, Standing]]:
    """`(rank among its peers, standing)`, best first within each class of size; equals share a rank."""
    rows = []
    for state in states:
        live, past = now[state.pk].live, before[state.pk].live
        rows.append(
            Standing(
                state=state,
                peers=size_of(live.of),
                criteria=sum(
                    a.met - b.met for a, b in zip(now[state.pk].stages, before[state.pk].stages, strict=True)
                ),
                lines=now[state.pk].accepted_since,
                towns=(live.n - past.n) / live.of if live.of else 0.0,
            )
        )
    rows.sort(key=lambda row: (row.peers, -row.score, alike(row.state.label)))
    ranked = []
    for row in rows:
        better = sum(other.peers == row.peers and other.score > row.score for other in rows)
        ranked.append((better + 1, row))
    return ranked


def sections(
    states: Sequence[State],
    now: Mapping[int, Progress],
    before: Mapping[int, Progress],
    day: date,
    since: date,
) -> list[Part]:
    """The note in two sections: where each State/UT stands, and what moved among its peers since a day."""
    level = []
    for state in states:
        seen, past = now[state.pk], before[state.pk]
        level.append(
            [
                state.label,
                *(
                    f"{STATUS_WORDS[stage.status]} ({no_longer(len(stage.slipped))})"
                    if stage.slipped
                    else str(STATUS_WORDS[stage.status])
                    for stage in seen.stages
                ),
                seen.live,
                seen.live.n - past.live.n,
                str(PARTY_WORDS[seen.pending_with.value]),
                seen.pending_days,
            ]
        )
    columns = [
        column(_("State/UT"), width=4),
        *(column(_("Stage %(n)s") % {"n": n}, width=2) for n in (1, 2, 3, 4)),
        column(_("ULBs live"), SHARE, 2),
        column(pgettext("difference", "Change"), INT, by_day=True),
        column(_("Pending with"), width=2),
        column(_("Days"), INT, by_day=True),
    ]
    moved = [
        [
            _size_words(row.peers),
            rank if row.score else None,
            row.state.label,
            row.criteria,
            row.lines,
            f"{100 * row.towns:.1f}%",
            f"{row.score:.1f}",
        ]
        for rank, row in standings(states, now, before)
    ]
    ranks = [
        column(_("ULBs in the State/UT"), width=3),
        column(_("Rank"), INT),
        column(_("State/UT"), width=4),
        column(_("Criteria met"), INT, 2),
        column(_("Lines accepted"), INT, 2),
        column(_("ULBs gone live"), NUMBER, 2),
        column(_("Sum"), NUMBER),
    ]
    done = [sum(now[s.pk].stages[n].status == "complete" for s in states) for n in range(3)]
    return [
        section(
            "states",
            _("Where the States/UTs stand"),
            table(columns, level),
            text=[
                dated_change(day, since),
                *(f"{s.label}: {words}" for s in states if (words := left_words(now[s.pk].live))),
            ],
            bars=[
                (_("Stage %(n)s complete") % {"n": n + 1}, count, len(states)) for n, count in enumerate(done)
            ],
            wide=True,
        ),
        section(
            "movement",
            _("What moved, among peers of like size"),
            table(ranks, moved),
            text=[
                _(
                    "Sum = 10 × criteria newly met + lines accepted + 10 × share of ULBs gone live since "
                    "the close of the month before. Equal sums share a rank; without movement there is none."
                )
            ],
            wide=True,
        ),
    ]


def _size_words(size: int) -> str:
    if size == len(SIZES):
        return _("more than %(n)s") % {"n": SIZES[-1]}
    return _("up to %(n)s") % {"n": SIZES[size]}
