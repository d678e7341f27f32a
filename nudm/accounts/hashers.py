"""How passwords are kept: Argon2id, as OWASP advises (Password Storage Cheat Sheet).

19 MiB of memory, two passes, one lane: the least that it names for Argon2id, and cheap enough that everybody
signs in at nine o'clock. `ARGON2` in the environment sets more; a password that was kept in another way is
kept anew at its next sign-in.
"""

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2idHasher(Argon2PasswordHasher):
    """Argon2id with the settings' figures (`settings.ARGON2`: memory in KiB, passes, lanes)."""

    @property
    def memory_cost(self) -> int:  # type: ignore[override]
        return int(settings.ARGON2["memory"])

    @property
    def time_cost(self) -> int:  # type: ignore[override]
        return int(settings.ARGON2["passes"])

    @property
    def parallelism(self) -> int:  # type: ignore[override]
        return int(settings.ARGON2["lanes"])
