"""The thresholds in force, and what counts beside them, in words: shown where they act."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ulbs.rules.counting import Limits


def meetings(limits: Limits) -> str:
    """Of the review cadence (deck, Stage 3, outcome 4)."""
    words = ngettext(
        "The last %(n)s review meeting with minutes counts, where it was held within the cadence that is "
        "set: at most 7 days ago for every week, 15 for a fortnight, 31 for a month, 92 for a quarter.",
        "The last %(n)s review meetings with minutes count, where they were held within the cadence that is "
        "set: at most 7 days apart and ago for every week, 15 for a fortnight, 31 for a month, 92 for a "
        "quarter.",
        limits.meetings,
    )
    taken = _("A meeting counts once the action taken on its points that are due is noted.")
    return f"{words % {'n': limits.meetings}} {taken}"


def criticals(limits: Limits) -> str:
    """Of open critical incidents (deck, Stage 3, outcome 5a)."""
    words = ngettext(
        "With %(n)s open critical incident no batch may start.",
        "With %(n)s or more open critical incidents no batch may start.",
        limits.critical_limit,
    )
    known = _(
        "Before UAT is held or signed off, or an incident recorded, it is not known whether bugs are fixed."
    )
    return f"{words % {'n': limits.critical_limit}} {known}"


def desk(limits: Limits) -> str:
    """Of an effective help desk (deck, Stage 3, outcome 3)."""
    words = ngettext(
        "The last %(n)s month over with tickets counts, with at least %(percent)s%% in time.",
        "The last %(n)s months over with tickets count, each with at least %(percent)s%% in time.",
        limits.help_desk_months,
    )
    taken = _("None may be missing: report a month without tickets as 0.")
    return f"{words % {'n': limits.help_desk_months, 'percent': limits.help_desk_in_time}} {taken}"


def campaigns(limits: Limits) -> str:
    """Of multi-channel campaigns (deck, Stage 4, responsibility 3)."""
    words = ngettext(
        "Campaigns by %(n)s channel are needed.",
        "Campaigns by %(n)s different channels are needed.",
        limits.channels,
    )
    return words % {"n": limits.channels}


def quorum(name: str, limits: Limits) -> str:
    """Of in how many ULBs master data must have begun (deck, Stage 1, outcome 8; Stage 3, outcome 2); empty
    where the line's own words say it."""
    if name == "pilots_begun" and limits.pilots_begun == "any":
        return _("Master data must have begun in one of the pilots.")
    if name == "pilots_begun":
        return _("Master data must have begun in all pilots.")
    if name == "others_begun":
        words = ngettext(
            "Master data must have begun in at least %(n)s ULB that is no pilot.",
            "Master data must have begun in at least %(n)s ULBs that are no pilots.",
            limits.others_begun,
        )
        return words % {"n": limits.others_begun}
    return ""


def live(limits: Limits) -> str:
    """Of how many modules make a ULB signed off and live."""
    if limits.live_when == "all":
        return _("A ULB counts when all its modules in scope do.")
    return _("A ULB counts with its first module.")
