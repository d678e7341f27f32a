"""What proves a person beside the password: an authenticator app, recovery codes, a provider."""

import base64
import hashlib
import secrets
from collections.abc import Iterable

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django.utils import timezone

from nudm.accounts.models.people import User


class Authenticator(models.Model):
    """The secret shared with a person's authenticator app (TOTP, RFC 6238), encrypted under SECRET_KEY.

    `last_step` is the half minute of the last code taken: no code is taken twice. Each use seals the
    secret anew, so that a former key is needed only until then.
    """

    person = models.OneToOneField(User, on_delete=models.CASCADE, related_name="authenticator")
    sealed = models.CharField(max_length=255)
    last_step = models.PositiveBigIntegerField(default=0)

    state_path = None

    def __str__(self) -> str:
        return f"authenticator of {self.person_id}"

    @property
    def secret(self) -> str | None:
        """The secret in base 32; None when no key of the settings opens it, as after a key that leaked."""
        return unseal(self.sealed)

    def take(self, step: int, secret: str) -> bool:
        """Use up the code of a half minute; False when it, or a later one, is used already."""
        rows = Authenticator.objects.filter(pk=self.pk, last_step__lt=step)
        return rows.update(last_step=step, sealed=seal(secret)) == 1


class RecoveryCode(models.Model):
    """A code on paper for the day the telephone is lost. Only its hash is kept; it works once."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    state_path = None

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "digest"], name="one_recovery_code")]

    def __str__(self) -> str:
        return f"recovery code {self.pk}"

    @classmethod
    def renew(cls, person: User, count: int = 10) -> list[str]:
        """New codes in place of all former ones: `XXXX-XXXX-XXXX-XXXX`, 80 random bits each."""
        texts = [_in_fours(secrets.token_bytes(10)) for _code in range(count)]
        cls.objects.filter(person=person).delete()
        cls.objects.bulk_create(cls(person=person, digest=cls.hash(text)) for text in texts)
        return texts

    @classmethod
    def take(cls, person: User, text: str) -> bool:
        """Use up a code; False when it is not one of the person's, or used already."""
        rows = cls.objects.filter(person=person, digest=cls.hash(text), used_at=None)
        return rows.update(used_at=timezone.now()) == 1

    @staticmethod
    def hash(text: str) -> str:
        plain = "".join(text.upper().split()).replace("-", "")
        return hashlib.sha256(plain.encode()).hexdigest()


class Identity(models.Model):
    """Who a person is at a sign-in provider (OpenID Connect): the pair that never names anybody else.

    An e-mail address finds the account the first time only: offices give addresses to successors.
    """

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    linked_at = models.DateTimeField(auto_now_add=True)

    state_path = None

    class Meta:
        verbose_name_plural = "identities"
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="one_person_a_subject"),
            models.UniqueConstraint(fields=["issuer", "person"], name="one_subject_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.issuer} {self.subject}"


def seal(text: str) -> str:
    """`text` encrypted under SECRET_KEY."""
    return _box([settings.SECRET_KEY]).encrypt(text.encode()).decode()


def unseal(text: str) -> str | None:
    """What was sealed under this key or a former one; None when none of them opens it."""
    try:
        return _box([settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]).decrypt(text.encode()).decode()
    except InvalidToken:
        return None


def _box(keys: Iterable[str]) -> MultiFernet:
    digests = (hashlib.sha256(b"nudm.accounts.proofs" + key.encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def _in_fours(raw: bytes) -> str:
    text = base64.b32encode(raw).decode()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))
