"""What a notice says, in the reader's language."""

from typing import Any

from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from phases.catalogue import catalogue

KINDS = {
    "due": gettext_lazy("Target dates of my lines"),
    "escalated": gettext_lazy("Target dates that have passed"),
    "report": gettext_lazy("Reports that I asked for"),
    "vacant": gettext_lazy("Posts that are vacant"),
    "mail": gettext_lazy("Mails that did not arrive"),
}


def no_longer(count: int) -> str:
    """How many criteria of a closed stage no longer hold, in words; empty for none."""
    words = ngettext("%(n)s no longer holds", "%(n)s no longer hold", count)
    return words % {"n": count} if count else ""


def sentence(word: str, data: dict[str, Any]) -> str:
    """The text of a notice; a line of the catalogue is named by its code in `data`."""
    told = dict(data)
    if "code" in told and catalogue().has(told["code"]):
        told["line"] = catalogue().line(told["code"]).text.in_(get_language() or "en")
    if get_language() == "hi":
        told["state"] = told.get("state_hi") or told.get("state", "")
    return str(_template(word, told)) % told


def _template(word: str, data: dict[str, Any]) -> str:
    if word == "due":
        left = int(data.get("step", 0))
        if left < 0:
            return _("Due on %(due)s, in %(days)s days: %(line)s")
        return _("Due today: %(line)s") if left == 0 else _("Overdue since %(due)s, %(days)s days: %(line)s")
    return {
        "escalated": _("%(state)s: overdue since %(due)s, %(days)s days: %(line)s"),
        "report": _("The report is ready: %(title)s"),
        "report_failed": _("The report could not be made: %(why)s"),
        "schedule_failed": _(
            "“%(title)s” of your schedule could not be made: %(why)s. The centre sees it and tries it again; "
            "if you need it today, make it on the page “Reports”."
        ),
        "vacant": _("The post “%(post)s” is vacant; its report “%(title)s” went to nobody."),
        "mail": _("A mail to %(to)s did not arrive: %(why)s"),
    }[word]
