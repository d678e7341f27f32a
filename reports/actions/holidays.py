"""The gazetted holidays on which nothing is sent: the nation's, kept by the centre, and each state's own."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from nudm.core import reading
from nudm.core.errors import Refused
from nudm.core.lost_letters import letters_were_lost
from reports.models import Holiday
from states.access import require
from states.actions import record
from states.models import State

MOST = 200
LONGEST = 100
# A day has at most so many words: 26 January, 2027.
WORDS = 4
BETWEEN = " ,;:|\t-–"
# Between day and name in a line of a csv.
_COMMA = re.compile(r"(?<=\d),(?=\D)")


def listed(state: State | None, year: int) -> list[Holiday]:
    """The holidays of a calendar year: the nation's, and the state's own among them."""
    rows = Holiday.objects.filter(Q(state__isnull=True) | Q(state=state), day__year=year)
    return list(rows.select_related("state"))


@transaction.atomic
def add(state: State | None, days: Iterable[tuple[date, str]], *, by: Any) -> int:
    """Put holidays on the list of a state, or of the nation for None; how many were not on it.

    A day may have several, each by its name. Raises NotAllowed without `manage_people` there.
    """
    require(by, "manage_people", Holiday(state=state))
    given = dict.fromkeys(days)
    rows = Holiday.objects.filter(state=state, day__in={day for day, _name in given})
    known = set(rows.values_list("day", "name"))
    new = [Holiday(state=state, day=day, name=name) for day, name in given if (day, name) not in known]
    Holiday.objects.bulk_create(new)
    record("holiday.add", by=by, state=state, days=sorted({day.isoformat() for day, _name in given}))
    return len(new)


@transaction.atomic
def remove(state: State | None, pk: int, *, by: Any) -> None:
    """Take a day off the list. Raises NotAllowed without `manage_people` there, Refused when it is gone."""
    require(by, "manage_people", Holiday(state=state))
    row = Holiday.objects.filter(state=state, pk=pk).first()
    if row is None:
        raise Refused(_("This day is not on the list any more."), code="gone")
    record("holiday.remove", by=by, state=state, days=[row.day.isoformat()])
    row.delete()


def read_rest(text: str) -> tuple[list[tuple[date, str]], str]:
    """The days of the lines that can be read, and the other lines as they were pasted."""
    found: list[tuple[date, str]] = []
    left: list[str] = []
    for line in text.splitlines():
        if line.strip():
            try:
                found += [day for day in read(line) if day not in found]
            except Refused:
                left.append(line)
    return found[:MOST], "\n".join(left)


def read(text: str) -> list[tuple[date, str]]:
    """The days of a pasted list: a day and a name on each line. Raises Refused and names every bad line."""
    found: list[tuple[date, str]] = []
    bad = []
    lines = [(n, line.strip()) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    for n, line in lines[: MOST + 1]:
        day, name = _day_and_name(line)
        if letters_were_lost(line):
            bad.append(_("Line %(n)s: letters were lost. Copy it again from a file in UTF-8.") % {"n": n})
        elif day is None or not name or len(name) > LONGEST:
            bad.append(_("Line %(n)s: write a day and a name, as in 26-01-2027 Republic Day.") % {"n": n})
        elif (day, name) in found:
            bad.append(_("Line %(n)s: this holiday stands twice.") % {"n": n})
        else:
            found.append((day, name))
    if len(lines) > MOST:
        bad.append(_("Give at most %(n)s days at once.") % {"n": MOST})
    if not lines:
        bad.append(_("Paste a list: a day and a name on each line."))
    if bad:
        raise Refused(_("Nothing was saved. Mend the lines that are named."), fields={"lines": bad})
    return found


def _day_and_name(line: str) -> tuple[date | None, str]:
    """The day at the beginning of a line, in the fewest words that are one, and what stands behind it."""
    words = re.split(r"[\s|;]+", _COMMA.sub(" ", line), maxsplit=WORDS + 1)
    for n in range(1, min(WORDS, len(words)) + 1):
        try:
            day = reading.day(" ".join(words[:n]).rstrip(BETWEEN))
        except reading.Unclear:
            continue
        return day, " ".join(words[n:]).strip(BETWEEN)
    return None, ""
