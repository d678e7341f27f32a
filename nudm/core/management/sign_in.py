"""Whom an address of a database signs in, for the commands that make roles."""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from django.core.management.base import CommandError

NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True)
class SignIn:
    role: str
    password: str
    database: str


def sign_in(variable: str, url: str, default: str = "nudm_web") -> SignIn:
    """The role, password and database that a URL names. Raises CommandError for a name that needs quoting."""
    address = urlsplit(url)
    role = unquote(address.username or default)
    database = unquote(address.path.strip("/"))
    for name in (role, database):
        if name and not NAME.fullmatch(name):
            raise CommandError(f"{variable} names {name!r}. Use small letters, digits and underscores.")
    return SignIn(role, unquote(address.password or ""), database)
