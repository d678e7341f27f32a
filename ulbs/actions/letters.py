"""What is written to a town that has no account."""

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from nudm.core.dates import show
from ulbs.models import Ulb


def asking(ulb: Ulb, until: datetime, link: str) -> tuple[str, str]:
    """The subject and the text that ask a town for its facts, in every language: who reads them has no
    account, and so no language of their own."""
    said = [_asking(ulb, until, link, language) for language, _name in settings.LANGUAGES]
    return " / ".join(subject for subject, _text in said), "\n\n".join(text for _subject, text in said)


def _asking(ulb: Ulb, until: datetime, link: str, language: str) -> tuple[str, str]:
    with override(language):
        subject = _("Facts asked of %(ulb)s") % {"ulb": ulb.label}
        text = _(
            "The State/UT's office asks you to confirm the facts of %(ulb)s for the National Urban "
            "Digital Mission. Open this link on your phone or computer; it is valid until "
            "%(day)s:\n\n%(link)s\n\n"
            "Do not pass it on: whoever has it can answer for your town."
        )
        return subject, text % {"ulb": ulb.label, "day": show(until), "link": link}
