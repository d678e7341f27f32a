"""People who sign in."""

import secrets
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from nudm.core.addresses import address, cleaned
from nudm.core.text import line


class UserManager(BaseUserManager["User"]):
    """Accounts are known by their e-mail address, in lower case."""

    def create_user(self, email: str, name: str, password: str | None = None, **fields: Any) -> "User":
        """Make an account; without a password it cannot be signed in to until one is set by link."""
        user = self.model(email=address(email), name=line(name), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email__iexact=cleaned(email or ""))


class User(AbstractBaseUser, PermissionsMixin):
    """A person. What the person may do comes from posts alone (see states/access.py)."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=200)
    name_hi = models.CharField(_("name in Hindi"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default="en")
    is_active = models.BooleanField(default=True)
    code_since = models.DateTimeField(_("code at sign-in since"), null=True, editable=False)
    is_demo = models.BooleanField(default=False)
    session_salt = models.CharField(max_length=32, blank=True)
    joined_at = models.DateTimeField(default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ("name",)

    state_path = None

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="one_account_an_address")]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return (self.name_hi or self.name) if get_language() == "hi" else self.name

    def get_session_auth_hash(self) -> str:
        """A new salt ends every session of this person at once."""
        return self._session_hash(settings.SECRET_KEY)

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """What the hash was under each former key: such a session goes on and is signed anew."""
        return map(self._session_hash, settings.SECRET_KEY_FALLBACKS)

    def _session_hash(self, secret: str) -> str:
        told = self.password + self.session_salt
        return salted_hmac("nudm.accounts.session", told, secret, algorithm="sha256").hexdigest()

    def sign_out_everywhere(self, but: str | None = None) -> None:
        """End every session; the browser whose session key is `but` stays once its hash is made anew."""
        self.session_salt = secrets.token_hex(16)
        self.save(update_fields=["session_salt"])
        self.sessions.exclude(session_key=but or "").delete()
