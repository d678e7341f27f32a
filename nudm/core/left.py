"""How many have left the whole of a ratio, in words."""

from django.utils.translation import gettext as _

from nudm.core.money import indian
from nudm.core.ratio import Ratio


def left_words(ratio: Ratio) -> str:
    """“14 left out”, “2 by correction of the register”, or both; nothing where none has left."""
    numbers = {"out": indian(ratio.out), "corrected": indian(ratio.corrected)}
    if ratio.out and ratio.corrected:
        return _("%(out)s left out, %(corrected)s by correction of the register") % numbers
    if ratio.out:
        return _("%(out)s left out") % numbers
    return _("%(corrected)s by correction of the register") % numbers if ratio.corrected else ""
