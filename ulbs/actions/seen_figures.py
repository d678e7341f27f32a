"""What a form or a sheet showed of figures, and what became of them since."""

from collections.abc import Mapping
from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ulbs.catalogue import metrics


def shown(values: Mapping[str, Decimal | None]) -> dict[str, str]:
    """By name; 12.50 and 12.5 are one number, and none is none."""
    language, book = get_language() or "en", metrics()
    told = {name: value for name, value in values.items() if value is not None and name in book}
    return {book[name].in_(language): plain(value) for name, value in sorted(told.items())}


def plain(value: Decimal | None) -> str:
    """A number as it is written, without zeros at its end."""
    return "" if value is None else f"{value.normalize():f}"


def changed_since(held: Decimal | None, now: Decimal | None, mine: Decimal | None) -> list[tuple[str, str]]:
    """Where a cell of a sheet would write over what was saved after the sheet was downloaded. To save what
    is stored already is no conflict (docs/decisions/0016-what-a-form-saw.md)."""
    if now in {held, mine}:
        return []
    words = _(
        "the sheet held %(held)s when it was downloaded, you wrote %(mine)s, and %(now)s was saved since. "
        "Download the sheet again and correct it there, or tick that it is written all the same."
    )
    told = {"held": held, "mine": mine, "now": now}
    return [("since", words % {name: plain(value) or _("nothing") for name, value in told.items()})]
