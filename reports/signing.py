"""Proof that a report left this system: a short code, and an Ed25519 signature over its hash.

The private half of the key is in the settings (`REPORT_KEY`) or, embedded, in a file that only its
owner reads; the public halves of all keys ever used are rows, so that old papers can be checked.
"""

import base64
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from nudm.conf.environment import kept
from reports.models import SigningKey

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def code_of(digest: str) -> str:
    """The short code printed on a report: the first 60 bits of its SHA-256, `7K3M-0Q9Z-XXXX`.

    Letters that are mistaken for digits are not used.
    """
    number = int(digest[:15], 16)
    text = "".join(ALPHABET[(number >> shift) & 31] for shift in range(55, -5, -5))
    return "-".join((text[:4], text[4:8], text[8:]))


def read_code(text: str) -> str:
    """A code as a person typed it, brought to its form: `o`, `i` and `l` are read as 0, 1 and 1."""
    plain = text.upper().translate(str.maketrans("OIL", "011"))
    plain = "".join(c for c in plain if c in ALPHABET)
    return "-".join((plain[:4], plain[4:8], plain[8:12]))


def sign(digest: str) -> tuple[str, str]:
    """The signature of a digest in hexadecimal, and the name of the key."""
    key = _private()
    public = key.public_key().public_bytes_raw()
    name = public.hex()[:16]
    SigningKey.objects.get_or_create(name=name, defaults={"public": public.hex()})
    return key.sign(bytes.fromhex(digest)).hex(), name


def holds(digest: str, signature: str, name: str) -> bool:
    """Whether a signature is that of a key of ours over this digest."""
    key = SigningKey.objects.filter(name=name).first()
    if key is None or not signature:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.public)).verify(
            bytes.fromhex(signature), bytes.fromhex(digest)
        )
    except (InvalidSignature, ValueError):
        return False
    return True


def rotate() -> str:
    """Make a new key in place of the file's; the name of the new one. Raises ValueError where the key
    comes from the settings: it is changed there."""
    if settings.REPORT_KEY:
        raise ValueError("REPORT_KEY is set: make a new one with `report_key new` and set it there")
    _file().unlink(missing_ok=True)
    return sign("00" * 32)[1]


def fresh() -> str:
    """A new private key as the settings take it."""
    return base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()


def _file() -> Path:
    return Path(settings.VAR_DIR) / "report_key"


def _private() -> Ed25519PrivateKey:
    text = settings.REPORT_KEY or kept(_file(), fresh)
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(text))
