"""How settings read the environment: secrets as they are written, addresses with passwords, kept keys."""

import os
import secrets
from collections.abc import Callable, Iterable
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from django.core.exceptions import ImproperlyConfigured


def secret(name: str) -> str:
    """The text of a variable with nothing read into it: a password may begin with a dollar sign."""
    return os.environ.get(name, "").strip()


def address(name: str, password: str = "") -> str:
    """The URL in the variable `name`; where it names no password, with this one, whatever signs it has.

    Raises ImproperlyConfigured for a URL that a password with `@ / : #` has torn apart.
    """
    url = secret(name)
    if _is_torn(url):
        variable = f"{name.removesuffix('_URL')}_PASSWORD"
        raise ImproperlyConfigured(
            f"{name} cannot be read: its password has a sign that means something in an address. "
            f"Leave the password out of {name} and put it into {variable}."
        )
    parts = urlsplit(url)
    if not password or not parts.hostname or parts.password is not None:
        return url
    user, _at, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}"))


def _is_torn(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port_or_none = parts.port
    except ValueError:
        return True
    return port_or_none == 0 or ("@" in url and "@" not in parts.netloc)


def kept(path: Path, make: Callable[[], str]) -> str:
    """The text of a file that only its owner reads; made once, whole, also where two make it at once."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        part.touch(mode=0o600)
        part.write_text(make())
        try:
            path.hardlink_to(part)
        except FileExistsError:
            pass
        finally:
            part.unlink()
    return path.read_text()


def reachable(site: str, hosts: Iterable[str], proxies: Iterable[str]) -> list[str]:
    """The settings by which others than this machine may be answered, with their values; none on a machine by
    itself: then address, hosts and proxies are all loopback ones."""
    named = {
        "SITE_URL": [urlsplit(site).hostname or site],
        "ALLOWED_HOSTS": hosts,
        "TRUSTED_PROXIES": proxies,
    }
    return [f"{name}: {one}" for name, ones in named.items() for one in ones if not is_loopback(one)]


def is_loopback(host: str) -> bool:
    """Whether a host's name, address or network is this machine alone."""
    plain = host.strip().strip("[]").lower()
    if plain.lstrip(".") == "localhost" or plain.endswith(".localhost"):
        return True
    try:
        return ip_network(plain).is_loopback if "/" in plain else ip_address(plain).is_loopback
    except ValueError:
        return False
