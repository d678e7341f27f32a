"""The keys that a person's programs use."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from nudm.accounts.models.people import User

# How exactly, in seconds, a token's last use is written down.
GRAIN = 60


def lifetimes() -> list[int]:
    """For how many days a token may be made, the longest last (`TOKEN_DAYS`)."""
    longest = int(settings.TOKEN_DAYS)
    return [*(days for days in (1, 7, 30) if days < longest), longest]


def longest_end() -> datetime:
    """When a token that is made now ends at the latest."""
    return timezone.now() + timedelta(days=settings.TOKEN_DAYS)


class Token(models.Model):
    """A program's key to the API, acting as its person until `expires_at`. Shown once, stored as a hash."""

    class Scope(models.TextChoices):
        READ = "read", _("may read")
        WRITE = "write", _("may read and write")

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(_("what it is for"), max_length=100)
    scope = models.CharField(_("what it may do"), max_length=5, choices=Scope.choices, default=Scope.READ)
    digest = models.CharField(max_length=64, unique=True)
    start = models.CharField(max_length=6)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(default=longest_end)
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    state_path = None

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.name} ({self.start}…)"

    @classmethod
    def make(
        cls, person: User, name: str, *, scope: str = Scope.WRITE, days: int | None = None
    ) -> tuple["Token", str]:
        """A new token and its text, which is never to be had again."""
        text = secrets.token_urlsafe(32)
        end = longest_end() if days is None else timezone.now() + timedelta(days=days)
        token = cls.objects.create(
            person=person, name=name, scope=scope, digest=cls.hash(text), start=text[:6], expires_at=end
        )
        return token, text

    @staticmethod
    def hash(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()

    @classmethod
    def good(cls) -> models.QuerySet["Token"]:
        """The tokens that open anything now."""
        return cls.objects.filter(revoked_at=None, expires_at__gt=timezone.now())

    @classmethod
    def known(cls, text: str) -> "Token | None":
        """The good token of an active person with this text; its use is written down."""
        found = cls.good().filter(digest=cls.hash(text), person__is_active=True)
        token = found.select_related("person").first()
        if token is not None:
            token._write_use()
        return token

    def _write_use(self) -> None:
        """By one statement, and not at every call: a program may ask many times a second."""
        now = timezone.now()
        if self.used_at is None or now - self.used_at > timedelta(seconds=GRAIN):
            before = Q(used_at=None) | Q(used_at__lt=now)
            Token.objects.filter(before, pk=self.pk).update(used_at=now)
            self.used_at = now
