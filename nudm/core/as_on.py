"""The day that a page, an export or the API is asked for: `?as_on=dd-mm-yyyy`."""

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from nudm.core.dates import show, today
from nudm.core.errors import Refused

FORMS = ("%d-%m-%Y", "%Y-%m-%d")


def asked_day(request: Any) -> date | None:
    """The day asked for; None for now. Raises Refused for what is no day, and for a day to come."""
    return day_from(request.GET.get("as_on", ""))


def day_from(text: str) -> date | None:
    """A day as dd-mm-yyyy or yyyy-mm-dd; None for nothing and for today. Raises Refused."""
    if not text.strip():
        return None
    day = _read(text.strip())
    if day is None:
        raise _refused(_("“%(text)s” is not a day. Write it as 05-11-2026.") % {"text": text[:20]})
    if day > today():
        raise _refused(_("%(day)s lies in the future. Choose today or an earlier day.") % {"day": show(day)})
    return None if day == today() else day


def _read(text: str) -> date | None:
    for form in FORMS:
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None


def _refused(words: str) -> Refused:
    return Refused(words, code="as_on", fields={"as_on": [words]})
