"""The keys that a person's programs use."""

import hashlib
import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _

from nudm.accounts.models.people import User


class Token(models.Model):
    """A program's key to the API, acting as its person. Shown once; only its hash is kept."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(_("what it is for"), max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    start = models.CharField(max_length=6)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True)

    state_path = None

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.name} ({self.start}…)"

    @classmethod
    def make(cls, person: User, name: str) -> tuple["Token", str]:
        """A new token and its text, which is never to be had again."""
        text = secrets.token_urlsafe(32)
        return cls.objects.create(person=person, name=name, digest=cls.hash(text), start=text[:6]), text

    @staticmethod
    def hash(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()

    @classmethod
    def holder(cls, text: str) -> User | None:
        """The active person whose unrevoked token this is."""
        found = cls.objects.filter(
            digest=cls.hash(text), revoked_at=None, person__is_active=True
        ).select_related("person")
        return next((token.person for token in found), None)
