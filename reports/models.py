"""What leaves the system: frozen reports and who gets them when."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from states.models import Post, State


class Report(models.Model):
    """A frozen snapshot with its hash; every form of it can be rendered again, the same.

    One row per `key` (kind, state, period, language). `state` is null for a report on the nation. Empty
    `content` means that it is still being made. A monthly report whose month is closed is corrected by
    a new one with the next `number`, which names the one that it `supersedes`.
    """

    class Kind(models.TextChoices):
        PROGRESS = "progress", _("State progress report")
        NATIONAL = "national", _("National summary")
        MPR = "mpr", _("Monthly progress report")
        BRIEF = "brief", _("State brief")
        ANNEXURE = "annexure", _("ULB by module")
        REVIEW = "review", _("National review note")
        CHARGE = "charge", _("Charge report")
        CERTIFICATE = "certificate", _("Stage completion certificate")

    key = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    state = models.ForeignKey(State, null=True, on_delete=models.PROTECT, related_name="reports")
    language = models.CharField(max_length=2, choices=settings.LANGUAGES)
    period = models.CharField(max_length=40)
    as_on = models.DateField()
    month = models.DateField(null=True)
    post = models.ForeignKey(Post, null=True, on_delete=models.PROTECT, related_name="+")
    stage = models.PositiveSmallIntegerField(null=True)
    number = models.PositiveSmallIntegerField(default=1)
    supersedes = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    reason = models.CharField(_("what was corrected"), max_length=300, blank=True)
    content = models.JSONField(null=True)
    digest = models.CharField(max_length=64, blank=True)
    code = models.CharField(max_length=14, blank=True, db_index=True)
    signature = models.CharField(max_length=128, blank=True)
    signed_with = models.CharField(max_length=16, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    file = models.FileField(upload_to="reports", blank=True, max_length=200)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(default=timezone.now)
    made_at = models.DateTimeField(null=True)
    failed = models.TextField(blank=True)

    state_path = "state"
    national_rows = True

    class Meta:
        ordering = ("-asked_at", "-pk")

    def __str__(self) -> str:
        return f"{self.kind} {self.state_id or 'IN'} {self.period} {self.language}"


class SigningKey(models.Model):
    """The public half of a key that reports were signed with. Old ones stay: old papers are checked too."""

    name = models.CharField(max_length=16, primary_key=True)
    public = models.CharField(max_length=64)
    since = models.DateTimeField(default=timezone.now)

    state_path = None

    class Meta:
        ordering = ("-since",)

    def __str__(self) -> str:
        return self.name


class Subscription(models.Model):
    """A report that a post gets every week; whoever holds the post that day receives it."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="subscriptions")
    kind = models.CharField(_("report"), max_length=12, choices=Report.Kind.choices)
    state = models.ForeignKey(State, null=True, blank=True, on_delete=models.CASCADE)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default="en")
    weekday = models.PositiveSmallIntegerField(
        _("day"),
        choices=[
            (0, _("Monday")),
            (1, _("Tuesday")),
            (2, _("Wednesday")),
            (3, _("Thursday")),
            (4, _("Friday")),
            (5, _("Saturday")),
            (6, _("Sunday")),
        ],
        default=0,
    )
    active = models.BooleanField(default=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(default=timezone.now)

    state_path = "state"
    national_rows = True

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(
                fields=["post", "kind", "state"],
                condition=models.Q(state__isnull=False),
                name="one_subscription_a_state",
            ),
            models.UniqueConstraint(
                fields=["post", "kind"],
                condition=models.Q(state__isnull=True),
                name="one_national_subscription",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.post} {self.kind}"
