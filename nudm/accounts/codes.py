"""The codes of an authenticator app: TOTP (RFC 6238), six digits, a new one every half minute."""

import hmac
import time

import pyotp
import segno

ISSUER = "NUDM Tracker"
SECONDS = 30
# One half minute early or late: telephones' clocks go wrong.
NEARBY = (0, -1, 1)


def new_secret() -> str:
    """160 random bits in base 32, as RFC 4226 advises."""
    return pyotp.random_base32()


def step_of(secret: str, code: str, now: float | None = None) -> int | None:
    """The half minute whose code this is, now or next to now; None when it is none of them."""
    current = int((time.time() if now is None else now) // SECONDS)
    totp = pyotp.TOTP(secret, interval=SECONDS)
    for nearby in NEARBY:
        expected = totp.generate_otp(current + nearby)
        if hmac.compare_digest(expected.encode(), code.encode()):
            return current + nearby
    return None


def address_of(secret: str, email: str) -> str:
    """What an authenticator app reads from the picture."""
    return pyotp.TOTP(secret, interval=SECONDS).provisioning_uri(name=email, issuer_name=ISSUER)


def picture_of(secret: str, email: str) -> str:
    """The QR picture as an address that a page shows without another request."""
    made = segno.make(address_of(secret, email), error="m")
    return str(made.svg_data_uri(scale=5, border=2, dark="#000", light="#fff"))


def in_fours(secret: str) -> str:
    """The secret for typing it by hand."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
