"""What the cells of a downloaded sheet of figures held: carried in the workbook, so that what is read back
writes only what a person changed in it (docs/decisions/0016-what-a-form-saw.md). Pure."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from ulbs.importing import cells
from ulbs.importing.figures import Book, Said, is_own
from ulbs.importing.tables import Unreadable

# Whose figure, which, of which purpose and month.
Place = tuple[int | None, str, str, date | None]
Held = Mapping[Place, Decimal | None]


def memory(
    purpose: str,
    month: date | None,
    asked: Sequence[str],
    codes: Mapping[str, int | None],
    known: Mapping[tuple[int | None, str], Decimal],
) -> list[list[str]]:
    """The figures `asked` of each row, whose ULB has this id, as text, for `recalled`."""
    told = [[code, "", *(f"{known.get((ulb, name), '')}" for name in asked)] for code, ulb in codes.items()]
    return [[purpose, f"{month or ''}", *asked], *told]


def recalled(rows: Sequence[Sequence[str]], book: Book) -> Held:
    """What each cell of a sheet held, None for an empty one; of a sheet without a memory nothing is known.

    Raises Unreadable (`memory`) for one that somebody has changed.
    """
    try:
        return dict(_recalled(rows, book)) if rows else {}
    except (ValueError, InvalidOperation) as error:
        raise Unreadable("memory") from error


def _recalled(rows: Sequence[Sequence[str]], book: Book) -> list[tuple[Place, Decimal | None]]:
    purpose, month, *asked = rows[0]
    when = date.fromisoformat(month) if month else None
    held: list[tuple[Place, Decimal | None]] = []
    for code, _blank, *texts in rows[1:]:
        ulb = None if is_own(code, book) else cells.code(code)
        if ulb is not None or is_own(code, book):
            values = [Decimal(text) if text else None for text in texts]
            held += [((ulb, name, purpose, when), value) for name, value in zip(asked, values, strict=False)]
    return held


def is_changed(said: Said, held: Held) -> bool:
    """Whether a person wrote it: a cell that stands as it was downloaded says nothing."""
    return held.get(place_of(said)) != said.amount


def place_of(said: Said) -> Place:
    """Where a figure stands."""
    return said.ulb, said.metric, said.purpose, said.month
