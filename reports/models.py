"""What leaves the system: frozen reports and who gets them when."""

from datetime import time

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from nudm.core.dates import today
from phases.models import Closure, Item
from reports.words import sentence
from states.models import Post, State


class Report(models.Model):
    """A frozen snapshot with its hash; every form of it can be rendered again, the same.

    One row per `key` (kind, state, period, language). `state` is null for a report on the nation. Empty
    `content` means that it is still being made. It says what was known at the end of `as_on`; that of a
    `month` holds the facts dated up to its last day. A certificate is of one `closure`. A monthly report
    whose month is closed is corrected by a new one with the next `number`, which names the one that it
    `supersedes`.
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
    closure = models.ForeignKey(Closure, null=True, on_delete=models.PROTECT, related_name="certificates")
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
    """A report that a post gets by schedule; whoever holds the post that day receives it.

    `day` 31 is the last day of any month. A run that was missed is made up for when its day is not before
    `since`, the day from which the rule stands as it is.
    """

    class Every(models.TextChoices):
        WEEK = "week", _("Every week")
        MONTH = "month", _("Every month")
        QUARTER = "quarter", _("Every quarter of the financial year")

    class Form(models.TextChoices):
        PDF = "pdf", _("PDF")
        XLSX = "xlsx", _("Workbook (XLSX)")
        DOCX = "docx", _("Document (DOCX)")

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="subscriptions")
    kind = models.CharField(_("report"), max_length=12, choices=Report.Kind.choices)
    state = models.ForeignKey(State, null=True, blank=True, on_delete=models.CASCADE)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default="en")
    form = models.CharField(_("form"), max_length=4, choices=Form.choices, default=Form.PDF)
    every = models.CharField(_("how often"), max_length=7, choices=Every.choices, default=Every.WEEK)
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
    day = models.PositiveSmallIntegerField(
        _("day of the month"), default=6, validators=[MinValueValidator(1), MaxValueValidator(31)]
    )
    at = models.TimeField(_("time (IST)"), default=time(9))
    skip_unchanged = models.BooleanField(_("not when nothing has changed"), default=False)
    paused = models.BooleanField(_("paused"), default=False)
    since = models.DateField(default=today)
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


class ScheduleRun(models.Model):
    """One run of a schedule, for the day on which it was planned, whatever day off moved it. One row, so that
    two schedulers make and mail its report once. `mail` is the key of its mail in the outbox."""

    class Outcome(models.TextChoices):
        WAITS = ""
        MAILED = "mailed"
        UNCHANGED = "unchanged"
        VACANT = "vacant"

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="runs")
    planned = models.DateField()
    ran_on = models.DateField()
    report = models.ForeignKey(Report, null=True, on_delete=models.CASCADE, related_name="+")
    outcome = models.CharField(max_length=9, choices=Outcome.choices, blank=True, default=Outcome.WAITS)
    mail = models.CharField(max_length=200, blank=True)

    state_path = "subscription__state"
    national_rows = True

    class Meta:
        ordering = ("-planned", "-pk")
        constraints = [
            models.UniqueConstraint(fields=["subscription", "planned"], name="one_run_a_planned_day")
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id} {self.planned}"


class Holiday(models.Model):
    """A day on which nothing is sent; national where it has no state."""

    state = models.ForeignKey(State, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    day = models.DateField(_("day"))
    name = models.CharField(_("holiday"), max_length=100)

    state_path = "state"
    national_rows = True
    common_rows = True

    class Meta:
        ordering = ("day", "pk")

    def __str__(self) -> str:
        return f"{self.day:%d-%m-%Y} {self.name}"


class Notice(models.Model):
    """A line in the inbox of a post: what happened or what is asked. The record; mail only repeats it.

    `text` is made from `word` and `data` in the reader's language (`reports.words`). One row per `key`.
    `mailed` names the mails that told of it on its day.
    """

    key = models.CharField(max_length=120, unique=True)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="notices")
    state = models.ForeignKey(State, null=True, on_delete=models.CASCADE, related_name="+")
    word = models.CharField(max_length=20)
    data = models.JSONField(default=dict)
    url = models.CharField(max_length=200)
    to_do = models.BooleanField(default=False)
    at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    mailed = models.CharField(max_length=16, blank=True)

    state_path = "post__team__state"
    national_rows = True
    desk_path = "post__appointments__person"

    class Meta:
        ordering = ("-at", "-pk")
        indexes = [models.Index(fields=["post", "read_at", "-at"])]

    def __str__(self) -> str:
        return self.key

    @property
    def text(self) -> str:
        return sentence(self.word, self.data)


class Superior(models.Model):
    """Who is told when a target date passes: the chain of a state, level 1 to 3."""

    state = models.ForeignKey(State, on_delete=models.CASCADE, related_name="superiors")
    level = models.PositiveSmallIntegerField(
        _("level"), validators=[MinValueValidator(1), MaxValueValidator(3)]
    )
    designation = models.CharField(_("designation"), max_length=200)
    designation_hi = models.CharField(_("designation in Hindi"), max_length=200, blank=True, db_default="")
    post = models.ForeignKey(Post, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    state_path = "state"

    class Meta:
        ordering = ("state", "level")
        constraints = [models.UniqueConstraint(fields=["state", "level"], name="one_superior_a_level")]

    @property
    def label(self) -> str:
        """The designation in the reader's language; the English one where no Hindi is given."""
        return (self.designation_hi or self.designation) if get_language() == "hi" else self.designation

    def __str__(self) -> str:
        return self.label


class Reminder(models.Model):
    """That a line's target date was brought to mind, `step` days before (negative) or after `due`, once: the
    target date, or the day on which the line came back later than that."""

    state = models.ForeignKey(State, on_delete=models.CASCADE, related_name="+")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="reminders")
    due = models.DateField()
    step = models.SmallIntegerField()
    on = models.DateField()

    state_path = "state"

    class Meta:
        ordering = ("-on", "-pk")
        constraints = [models.UniqueConstraint(fields=["item", "due", "step"], name="a_reminder_once")]

    def __str__(self) -> str:
        return f"{self.item} {self.step:+d}"


class Digest(models.Model):
    """That a week's digest was due to a person, whether or not there was anything to say. Once."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    week = models.CharField(max_length=8)
    on = models.DateField()

    state_path = None

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "week"], name="one_digest_a_week")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.week}"


class MailChoice(models.Model):
    """A person does not want a kind of notice by mail; the inbox has it all the same."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    word = models.CharField(max_length=20)

    state_path = None

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "word"], name="a_choice_once")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.word}"
