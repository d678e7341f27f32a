"""“As on a day”: `?as_on=dd-mm-yyyy` asks a page, the API or a file for what was known at its end.

A view asks `asked_day(request)`: None means today, and the tables; a day means the past, from
`states.past.as_on`. It gives the day to its template as `as_on`, which brings the banner and keeps the
day on its links (`{% then %}`), and it offers no act. `shows_the_past` marks it: any other view refuses.
"""

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from nudm.core import reading
from nudm.core.dates import show, today
from nudm.core.earliest import EARLIEST
from nudm.core.errors import Refused

Seeing = TypeVar("Seeing", bound=Callable[..., Any])
READS = ("GET", "HEAD", "OPTIONS")


def shows_the_past(view: Seeing) -> Seeing:
    """Mark a view that answers `?as_on=`; `nudm.core.http` lets no other be asked for a past day."""
    vars(view)["shows_the_past"] = True
    return view


def asked_day(request: Any) -> date | None:
    """The past day that is asked for; None for today, or when none is asked for.

    Raises Refused for what is no day, for a day to come, and for an act: the past is only read.
    """
    day = read_day(request.GET.get("as_on", ""))
    if day is None or day == today():
        return None
    if request.method not in READS:
        raise Refused(_("What was known on a day cannot be changed. Go back to today."), code="as_on")
    return day


def read_day(text: str, name: str = "as_on") -> date | None:
    """A day as officers or programs write it (`nudm.core.reading.day`); None for an empty text.

    Raises Refused for what is no day, and for a day to come.
    """
    if not text.strip():
        return None
    try:
        day = reading.day(text)
    except reading.Unclear as error:
        raise _refused(name, str(error)) from error
    if day < EARLIEST:
        raise _refused(name, _("“%(text)s” is not a day. Write it as 05-11-2026.") % {"text": text[:20]})
    if day > today():
        words = _("%(day)s lies in the future. Choose today or an earlier day.") % {"day": show(day)}
        raise _refused(name, words)
    return day


def _refused(name: str, words: str) -> Refused:
    return Refused(words, code=name, fields={name: [words]})
