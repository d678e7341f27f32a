"""How long a text may be, in letters. Pure.

A text that is longer is refused with its length, never cut. What was stored before there was a bound stays
as it is and can be read; it is asked to be shortened when somebody changes it.
"""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nudm.core.errors import Refused
from nudm.core.money import indian

# A remark, a note, a reason, a summary: about two printed pages.
REMARK = 4_000
# One line, such as a title or a search, where nothing shorter is said.
LINE = 300
# A list that is pasted into a form: rows of figures, holidays, names of ULBs.
PASTE = 200_000


def too_long(text: str, most: int) -> str:
    """What to say of a text that is longer than it may be; empty for one that is not."""
    over = len(text) - most
    if over <= 0:
        return ""
    return ngettext(
        "The text is %(over)s letter too long: at most %(most)s. Shorten it, or attach it as a file.",
        "The text is %(over)s letters too long: at most %(most)s. Shorten it, or attach it as a file.",
        over,
    ) % {"over": indian(over), "most": indian(most)}


def within(most: int = REMARK, **texts: str | None) -> None:
    """Raises Refused when one of these texts, by the names of their fields, is too long."""
    fields = {name: [words] for name, text in texts.items() if text and (words := too_long(text, most))}
    if fields:
        first = next(iter(fields.values()))[0]
        raise Refused(_("Not saved. %(why)s") % {"why": first}, code="too_long", fields=fields)
