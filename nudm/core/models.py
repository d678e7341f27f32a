"""Work that must not be lost: rows that are the truth, while the broker is a bell."""

import hashlib
import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone


class Job(models.Model):
    """Work that a request or a schedule promised. One row per `key`, ever.

    `tenant` is the id of the state the work is about (None: national); core knows no more of it.
    """

    class Status(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=200, unique=True)
    args = models.JSONField(default=dict)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="jobs",
    )
    tenant = models.BigIntegerField(null=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    state_path = None
    wall_path = "tenant"
    desk_path = "asked_by"

    class Meta:
        indexes = [models.Index(fields=["status", "lease_until"])]

    def __str__(self) -> str:
        return self.key


class Outbox(models.Model):
    """One mail to one address. One row per `key`, ever.

    `hold` mails are never sent twice: a crash while the body was on the wire leaves `unknown`, which
    a person settles. `retry` mails are sent again with the same Message-ID.
    """

    class Kind(models.TextChoices):
        RETRY = "retry"
        HOLD = "hold"

    class Status(models.TextChoices):
        QUEUED = "queued"
        CLAIMED = "claimed"
        DELIVERING = "delivering"
        SENT = "sent"
        UNKNOWN = "unknown"
        FAILED = "failed"
        CANCELLED = "cancelled"

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=5, choices=Kind.choices)
    to = models.EmailField()
    subject = models.CharField(max_length=300)
    text = models.TextField()
    attachments = models.JSONField(default=list)
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="mails",
    )
    tenant = models.BigIntegerField(null=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)

    state_path = None
    wall_path = "tenant"
    desk_path = "reader"
    anyone_adds = True

    class Meta:
        verbose_name_plural = "outbox"
        indexes = [models.Index(fields=["status", "next_at"])]

    def __str__(self) -> str:
        return self.key

    @property
    def message_id(self) -> str:
        """Follows from the key, so that it is the same whenever and by whomever the mail is sent."""
        host = settings.DEFAULT_FROM_EMAIL.rsplit("@", 1)[-1].strip("> ")
        return f"<{hashlib.sha256(self.key.encode()).hexdigest()[:32]}@{host}>"


class Receipt(models.Model):
    """The answer that a form already got: a double click or a resent form replays it."""

    key = models.UUIDField(primary_key=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    location = models.CharField(max_length=300)
    made_at = models.DateTimeField(auto_now_add=True)

    state_path = None

    def __str__(self) -> str:
        return str(self.key)


class PartialFile(models.Model):
    """A file that arrives in pieces: `got` bytes of `size` are there, in `parts` of the store, in order."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    mime = models.CharField(max_length=100, blank=True)
    size = models.PositiveBigIntegerField()
    got = models.PositiveBigIntegerField(default=0)
    parts = models.JSONField(default=list)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    state_path = None

    def __str__(self) -> str:
        return f"{self.name}: {self.got} of {self.size}"


class Heartbeat(models.Model):
    """When `worker@machine` or `beat@machine` last said that it is at work; and the last `backup`."""

    name = models.CharField(max_length=100, primary_key=True)
    at = models.DateTimeField()
    words = models.CharField(max_length=200, blank=True)

    state_path = None

    def __str__(self) -> str:
        return self.name
