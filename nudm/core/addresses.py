"""E-mail addresses as mail is sent to them. Pure."""

import re

from django.utils.translation import gettext as _

from nudm.core.text import narrow

_AROUND = re.compile(r" ?([@.]) ?")


def address(text: str) -> str:
    """The address in small letters, without marks that are not shown and without spaces at its ends, its @
    and its dots; a domain in another script in its ASCII form (IDNA), which every relay takes:
    `office@डेटामेल.भारत` becomes
    `office@xn--c2bd4bq2d9bd.xn--h2brj9c`.

    Raises ValueError, with what to type, for a name before the @ in another script: not every relay takes it.
    """
    plain = _AROUND.sub(r"\1", narrow(text).strip("<>,; ")).lower()
    if plain.isascii():
        return plain
    name, at, domain = plain.rpartition("@")
    if not name.isascii():
        words = _(
            "“%(name)s” before the @ is not in Latin letters: mail to it may be lost. Give another address."
        )
        raise ValueError(words % {"name": name[:60]})
    try:
        return f"{name}{at}{domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        words = _("“%(domain)s” is not the domain of an e-mail address. Correct what stands behind the @.")
        raise ValueError(words % {"domain": domain[:60]}) from error


def cleaned(text: str) -> str:
    """The same; what no address can be made of stays as it was typed, and so finds nobody."""
    try:
        return address(text)
    except ValueError:
        return narrow(text).lower()
