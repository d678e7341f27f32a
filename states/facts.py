"""Are the facts as they were written: the past by the digests in the log, what stands now by the past."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import chain
from typing import Any

from django.apps import apps

from nudm.core.dates import today
from states.models import Entry, Past, State
from states.past import as_on_all
from states.verify import NATION
from states.wrote import PAST, WROTE, digest_of, held, held_past, rows_of

# Lines of the log whose rows are looked up at once.
PIECE = 500
# Later than anything that is known.
EVER = timedelta(days=40_000)


class Facts:
    """One pass over all facts; `uncovered` counts the lines of the past that no line of the log covers: they
    were written before the log carried digests."""

    def __init__(self) -> None:
        # Ids of the lines of the past, and of the rows that are never changed, by their label.
        self.covered: dict[str, set[int]] = {PAST: set()}
        self.uncovered = 0

    def faults(self) -> Iterator[str]:
        """Each fact that is not as it was written, in words."""
        lines = (
            Entry.objects.filter(**{f"data__{WROTE}__isnull": False}).select_related("state").order_by("pk")
        )
        for piece in _pieces(lines.iterator(chunk_size=PIECE), PIECE):
            yield from self._of_lines(piece)
        yield from self._inserted()
        for state in State.objects.order_by("iso"):
            yield from _differing(state)

    def _of_lines(self, lines: list[Entry]) -> Iterator[str]:
        wanted = {line.pk: rows_of(line.data) for line in lines}
        stored = _stored(set(chain.from_iterable(wanted.values())))
        for line in lines:
            rows = wanted[line.pk]
            for label, pk in rows:
                self.covered.setdefault(label, set()).add(pk)
            there = {key: stored[key] for key in rows if key in stored}
            name = f"{line.state.iso if line.state else NATION} {line.number} ({line.verb})"
            if lost := sorted(rows - there.keys()):
                yield f"what {name} wrote was taken away: {_names(lost)}"
            elif digest_of(there) != line.data[WROTE]["digest"]:
                yield f"what {name} wrote was changed afterwards, among {_names(sorted(rows))}"

    def _inserted(self) -> Iterator[str]:
        """Since the first that is covered, every line of the past, and every row of a kind that is never
        changed, is covered by a line of the log."""
        covered = self.covered.pop(PAST)
        first = min(covered, default=None)
        for pk, model, row in Past.objects.order_by("pk").values_list("pk", "model", "row").iterator():
            if pk in covered:
                continue
            self.uncovered += 1
            if first is not None and pk > first:
                yield f"{PAST} {pk} ({model} {row}) was written by no act of the log"
        for label, pks in sorted(self.covered.items()):
            later: Any = apps.get_model(label)._default_manager.filter(pk__gt=min(pks)).order_by("pk")
            for pk in later.values_list("pk", flat=True).iterator():
                if pk not in pks:
                    yield f"{label} {pk} was written by no act of the log"


def _stored(keys: set[tuple[str, int]]) -> dict[tuple[str, int], Any]:
    """What these rows hold now, as they are covered."""
    by_label: dict[str, list[int]] = {}
    for label, pk in keys:
        by_label.setdefault(label, []).append(pk)
    found: dict[tuple[str, int], Any] = {}
    for label, pks in by_label.items():
        if label == PAST:
            names = ("pk", "model", "row", "state_id", "since", "data")
            for pk, *values in Past.objects.filter(pk__in=pks).values_list(*names):
                found[label, pk] = held_past(*values)
        else:
            rows: Mapping[int, Any] = apps.get_model(label)._default_manager.in_bulk(pks)
            found |= {(label, pk): held(row) for pk, row in rows.items()}
    return found


def _differing(state: State) -> Iterator[str]:
    """The rows of a state that are not what the last line of their past says."""
    kinds: list[type[Any]] = [model for model in apps.get_models() if getattr(model, "kept", False)]
    known = as_on_all(kinds, [state.pk], today() + EVER)
    for model in kinds:
        names = [field.attname for field in model._meta.concrete_fields]
        then = {row.pk: row for row in known[model]}
        now = {row.pk: row for row in model._default_manager.filter(**{model.state_path: state})}
        for pk in sorted(then.keys() - now.keys()):
            yield f"{model._meta.label_lower} {pk} of {state.iso} was taken away by no act"
        for pk in sorted(now.keys() - then.keys()):
            yield f"{model._meta.label_lower} {pk} of {state.iso} was made by no act"
        for pk in sorted(then.keys() & now.keys()):
            other = [name for name in names if getattr(then[pk], name) != getattr(now[pk], name)]
            if other:
                name = f"{model._meta.label_lower} {pk} of {state.iso}"
                yield f"{name} was changed by no act: {', '.join(other)}"


def _names(rows: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{label} {pk}" for label, pk in list(rows)[:10])


def _pieces(lines: Iterator[Entry], size: int) -> Iterator[list[Entry]]:
    piece: list[Entry] = []
    for line in lines:
        piece.append(line)
        if len(piece) == size:
            yield piece
            piece = []
    yield piece
