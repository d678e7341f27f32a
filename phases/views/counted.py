"""What a line's measure counts, as pages tell it: how far it is, what it takes, and where it is counted."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from nudm.core.ratio import Ratio
from phases.catalogue import Line
from ulbs import thresholds
from ulbs.limits import limits
from ulbs.registers import REGISTERS
from ulbs.rules.asking import NOT_PILOT, PILOT
from ulbs.rules.counting import BOTH, COUNTED, GROUPS

FED = {feed.measure: register for register in REGISTERS.values() for feed in register.feeds}
OF = {"pilot": PILOT, "rest": NOT_PILOT}
IN_BATCHES = frozenset({"all.planned", "first_batch.live", "batches.started"})


@dataclass(frozen=True, slots=True)
class Counted:
    """`needs` says the threshold in force where the deck gives none; `place` names the page at `url`, which
    lists what a count of ULBs still lacks."""

    ratio: Ratio
    needs: str
    url: str
    place: str


def counted_by(line: Line, ratio: Ratio | None, iso: str) -> Counted | None:
    """None for a line without a measure, and for the nodal officer's post, which is told in words. Who holds
    a post is not for everybody to look up, so a count of posts leads nowhere."""
    if ratio is None or line.measure is None or line.measure == "posts.nodal_officer":
        return None
    if line.measure.startswith("posts."):
        return Counted(ratio, _posts(line.measure), "", "")
    url, place = _where(line.measure, iso, ratio)
    return Counted(ratio, _needs(line.measure) or thresholds.quorum(line.quorum, limits()), url, place)


def _where(measure: str, iso: str, ratio: Ratio) -> tuple[str, str]:
    subject, _dot, word = measure.partition(".")
    if measure in FED and subject not in GROUPS:
        register = FED[measure]
        return reverse("ulbs:register", args=[iso, register.slug]), str(register.title)
    if subject in {"metrics", "adoption"}:
        return reverse("ulbs:figures", args=[iso]), _("Figures")
    if measure in IN_BATCHES:
        return reverse("ulbs:batches", args=[iso]), _("Batches")
    asked = {"group": OF[subject]} if subject in OF else {}
    if word in COUNTED.values() and not ratio.complete:
        asked["lacking"] = word
    return reverse("ulbs:list", args=[iso]) + (f"?{urlencode(asked)}" if asked else ""), _("Towns")


def _posts(measure: str) -> str:
    if measure == "posts.fellows":
        return _("NUDM fellows in their posts with the State/UT; NIUA-CDG provides them.")
    return _(
        "A programme unit and a DTL are needed, each with an officer in the post. NIUA-CDG helps to select "
        "the DTL; the State/UT adds the post and its holder on the page “People”."
    )


def _needs(measure: str) -> str:
    told, subject, word = limits(), *measure.split(".", 1)
    if measure in FED and subject not in GROUPS and (needs := FED[measure].needs) is not None:
        return needs(told)
    if measure == "adoption.tracked":
        words = _(
            "Adoption is tracked once %(periods)s months are reported for every figure that has a target."
        )
        return words % {"periods": told.periods}
    if measure == "policy.transactions":
        return _("It counts the policies that are settled, and the target for digital transactions.")
    if measure == "pilot.master_data_validated":
        return _(
            "A pilot counts with the modules that it began with and the priority modules. A module that was "
            "added later has its own master data, in the list of modules by ULB."
        )
    if measure == "metrics.tracked":
        return _("A live ULB counts with its baseline and the figures of a month.")
    return thresholds.live(told) if word in {"live", "uat_signed_off", BOTH} else ""
