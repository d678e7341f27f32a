"""What a notice says, in the reader's language, with the days of the moment at which it is read."""

from datetime import date, datetime
from typing import Any

from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from nudm.core.dates import today
from phases.catalogue import catalogue

KINDS = {
    "due": gettext_lazy("Target dates of my lines"),
    "returned": gettext_lazy("Lines that came back from the centre"),
    "escalated": gettext_lazy("Target dates that have passed"),
    "report": gettext_lazy("Reports that I asked for"),
    "vacant": gettext_lazy("Posts that are vacant"),
    "mail": gettext_lazy("Mails that did not arrive"),
}


def no_longer(count: int) -> str:
    """How many criteria of a closed stage no longer hold, in words; empty for none."""
    words = ngettext("%(n)s no longer holds", "%(n)s no longer hold", count)
    return words % {"n": count} if count else ""


def sentence(word: str, data: dict[str, Any], day: date | None = None) -> str:
    """The text of a notice as read on `day` (today by default); a line of the catalogue is named by its code
    in `data`."""
    told = dict(data)
    if "code" in told and catalogue().has(told["code"]):
        told["line"] = catalogue().line(told["code"]).text.in_(get_language() or "en")
    if get_language() == "hi":
        for name in ("state", "post"):
            told[name] = told.get(f"{name}_hi") or told.get(name, "")
    return str(_template(word, told, day or today())) % told


def _template(word: str, told: dict[str, Any], day: date) -> str:
    """The sentence with its placeholders; puts today's days into `told`."""
    if word == "due":
        return _due(told, day)
    if word == "returned":
        return _returned(told, day)
    if word == "escalated":
        return _escalated(told, day)
    if word == "vacant":
        return _vacant(told)
    return {
        "report": _("The report is ready: %(title)s"),
        "report_failed": _("The report could not be made: %(why)s"),
        "schedule_failed": _(
            "“%(title)s” of your schedule could not be made: %(why)s. The centre sees it and tries it again; "
            "if you need it today, make it on the page “Reports”."
        ),
        "mail": _("A mail to %(to)s did not arrive: %(why)s"),
    }[word]


def _due(told: dict[str, Any], day: date) -> str:
    passed = _days(told, "due", day)
    told["days"] = abs(passed)
    if passed == 0:
        return _("Due today: %(line)s")
    if passed < 0:
        return ngettext(
            "Due on %(due)s, in %(days)s day: %(line)s", "Due on %(due)s, in %(days)s days: %(line)s", -passed
        )
    return ngettext(
        "Overdue since %(due)s, %(days)s day: %(line)s",
        "Overdue since %(due)s, %(days)s days: %(line)s",
        passed,
    )


def _returned(told: dict[str, Any], day: date) -> str:
    told["days"] = n = _days(told, "on", day)
    if told.get("due"):
        return ngettext(
            "Returned by the centre on %(on)s, %(days)s day ago; target date %(due)s: %(line)s",
            "Returned by the centre on %(on)s, %(days)s days ago; target date %(due)s: %(line)s",
            n,
        )
    return ngettext(
        "Returned by the centre on %(on)s, %(days)s day ago: %(line)s",
        "Returned by the centre on %(on)s, %(days)s days ago: %(line)s",
        n,
    )


def _escalated(told: dict[str, Any], day: date) -> str:
    told["days"] = n = _days(told, "due", day)
    if told.get("unnamed"):
        return ngettext(
            "%(state)s: overdue since %(due)s, %(days)s day: %(line)s. No superior is named at level "
            "%(unnamed)s, so this comes to the centre.",
            "%(state)s: overdue since %(due)s, %(days)s days: %(line)s. No superior is named at level "
            "%(unnamed)s, so this comes to the centre.",
            n,
        )
    return ngettext(
        "%(state)s: overdue since %(due)s, %(days)s day: %(line)s",
        "%(state)s: overdue since %(due)s, %(days)s days: %(line)s",
        n,
    )


def _vacant(told: dict[str, Any]) -> str:
    if told.get("title"):
        return _("The post “%(post)s” is vacant; its report “%(title)s” went to nobody.")
    if told.get("off"):
        return _(
            "The account of the holder of the post “%(post)s” is switched off, so nobody receives what comes "
            "to it. Appoint somebody."
        )
    return _("The post “%(post)s” is vacant, so nobody receives what comes to it. Appoint somebody.")


def _days(told: dict[str, Any], name: str, day: date) -> int:
    """Days from a date that is written as officers read it to `day`."""
    return (day - datetime.strptime(told[name], "%d-%m-%Y").date()).days
