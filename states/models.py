"""The tenant (a State or UT), its people, and the log of what they did."""

from collections.abc import Iterable
from typing import TypeVar

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from nudm.core.text import alike
from states.rules import NATIONAL, PostKind, Role


class Named(models.Model):
    """A row with an English and a Hindi name; `label` is the one of the reader's language."""

    name = models.CharField(_("name"), max_length=200)
    name_hi = models.CharField(_("name in Hindi"), max_length=200, blank=True)

    class Meta:
        abstract = True

    @property
    def label(self) -> str:
        return (self.name_hi or self.name) if get_language() == "hi" else self.name

    def __str__(self) -> str:
        return self.label


NamedRow = TypeVar("NamedRow", bound=Named)


def by_label(rows: Iterable[NamedRow]) -> list[NamedRow]:
    """Rows in the order of the names that the reader sees: a Hindi list by its Hindi names."""
    return sorted(rows, key=lambda row: (alike(row.label), row.pk))


class State(Named):
    """One of the 36 States and Union Territories; the tenant.

    `facts_version` rises in the transaction of every action on the state's facts, so whatever is
    remembered under it can never be stale. `towns_same` and `cells_same` count its rises that left the
    ULBs and the modules in them as they were (`states.actions.touch`); `moved`: see `states.told`.
    """

    class Kind(models.TextChoices):
        STATE = "state", _("State")
        UT = "ut", _("Union Territory")

    lgd_code = models.PositiveSmallIntegerField(_("LGD code"), unique=True)
    iso = models.CharField(
        _("ISO 3166-2:IN code"),
        max_length=2,
        unique=True,
        validators=[RegexValidator(r"^[A-Z]{2}$")],
    )
    former_iso = models.CharField(_("former ISO code"), max_length=2, blank=True)
    kind = models.CharField(_("State or UT"), max_length=5, choices=Kind.choices)
    column = models.PositiveSmallIntegerField()
    row = models.PositiveSmallIntegerField()
    facts_version = models.PositiveBigIntegerField(default=0)
    towns_same = models.PositiveBigIntegerField(default=0)
    cells_same = models.PositiveBigIntegerField(default=0)
    moved = models.CharField(max_length=400, blank=True, default="")

    state_path = "pk"
    looked_up = True

    class Meta:
        ordering = ("name",)
        permissions = [
            ("update_checklist", "Edit checklist lines and set-up records"),
            ("submit_item", "Submit checklist lines for review"),
            ("attach_evidence", "Upload and cite evidence"),
            ("review_item", "Accept and return checklist lines"),
            ("close_stage", "Close a stage"),
            ("manage_ulbs", "Edit the state's ULBs"),
            ("manage_register", "Read registers and lists of tenants in"),
            ("update_rollout", "Prepare modules in the state's ULBs"),
            ("record_review", "Record reviews held with the centre"),
            ("manage_people", "Appoint and relieve"),
            ("update_town", "Update one's own ULB"),
            ("read_audit", "Read the audit log"),
        ]

    @property
    def towns_version(self) -> int:
        """Rises whenever the ULBs moved; `cells_version` whenever they or their modules did."""
        return self.facts_version - self.towns_same

    @property
    def cells_version(self) -> int:
        return self.facts_version - self.cells_same

    def get_absolute_url(self) -> str:
        return reverse("state", args=[self.iso])


class StateUserObjectPermission(UserObjectPermissionBase):
    """guardian's table for single persons; unused on purpose: people act by their posts."""

    content_object = models.ForeignKey(State, on_delete=models.CASCADE)
    state_path = "content_object"


class StateGroupObjectPermission(GroupObjectPermissionBase):
    """What a team's group may do on a state. A direct foreign key, so nothing is ever orphaned."""

    content_object = models.ForeignKey(State, on_delete=models.CASCADE)
    state_path = "content_object"
    looked_up = True


class Team(Named):
    """An office or an agency; one `auth.Group`, which guardian's rows point at.

    `state` is the team's home; national teams and agencies that serve several states have none.
    """

    group = models.OneToOneField(Group, on_delete=models.PROTECT)
    role = models.CharField(_("role"), max_length=10, choices=[(r.value, r.value) for r in Role])
    state = models.ForeignKey(State, null=True, blank=True, on_delete=models.PROTECT, related_name="teams")
    ulb_code = models.PositiveIntegerField(_("LGD code of the ULB"), null=True, blank=True)

    state_path = "state"
    national_rows = True
    common_rows = True
    looked_up = True

    class Meta:
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(
                condition=~Q(role=Role.TOWN.value) | Q(ulb_code__isnull=False, state__isnull=False),
                name="a_town_office_names_its_ulb",
            ),
            models.CheckConstraint(
                condition=~Q(role=Role.STATE.value) | Q(state__isnull=False),
                name="a_state_office_names_its_state",
            ),
        ]

    @property
    def is_national(self) -> bool:
        return self.role in NATIONAL


class Post(models.Model):
    """A designation in a team. People come and go; the post, its open work and its history stay."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="posts")
    kind = models.CharField(_("kind of post"), max_length=20, choices=[(k.value, k.value) for k in PostKind])
    title = models.CharField(_("designation"), max_length=200)
    title_hi = models.CharField(_("designation in Hindi"), max_length=200, blank=True)

    state_path = "team__state"
    national_rows = True
    common_rows = True
    looked_up = True

    class Meta:
        ordering = ("team", "pk")

    @property
    def label(self) -> str:
        return (self.title_hi or self.title) if get_language() == "hi" else self.title

    def __str__(self) -> str:
        return f"{self.label}, {self.team.label}"


class Appointment(models.Model):
    """A person holds a post from `start` until `until`, which is exclusive: access ends that day."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="appointments")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="appointments"
    )
    start = models.DateField(_("from"))
    until = models.DateField(_("until"), null=True, blank=True)
    order_number = models.CharField(_("order number"), max_length=100, blank=True)
    confirmed_on = models.DateField(_("confirmed on"), null=True, blank=True)

    state_path = "post__team__state"
    national_rows = True
    person_path = "person"

    class Meta:
        ordering = ("-start", "-pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("start")),
                name="until_is_not_before_start",
            ),
            models.UniqueConstraint(
                fields=["post"],
                condition=Q(until__isnull=True),
                name="one_holder_a_post",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} / {self.post}"


class Entry(models.Model):
    """One line of the audit log: who, as what, did what, to which row, when. Ids and diffs only.

    Only ever added to, by `states.actions.record`: the database refuses to change a line or take it away.
    The lines of a state, and those of no state, are a chain each: `number` counts them from 1, `digest`
    covers the line and the digest before it (`states.chain`).
    """

    number = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now, db_index=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    post = models.ForeignKey(Post, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.ForeignKey(State, null=True, on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=60)
    target = models.CharField(max_length=60, blank=True)
    target_id = models.CharField(max_length=40, blank=True)
    data = models.JSONField(default=dict)

    state_path = "state"
    national_rows = True

    class Meta:
        ordering = ("-pk",)
        verbose_name_plural = "entries"
        indexes = [
            models.Index(fields=["state", "-at"]),
            models.Index(fields=["target", "target_id"]),
        ]
        constraints = [
            models.UniqueConstraint(fields=["state", "number"], name="one_entry_a_number"),
            models.UniqueConstraint(
                fields=["number"],
                condition=Q(state__isnull=True),
                name="one_national_entry_a_number",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.verb} {self.target} {self.target_id}"


class Past(models.Model):
    """What a row held from `since` on, until the next line about the same row; None: it was taken away.

    Written by `states.past.keep` in the transaction of the change, never changed afterwards. It is what
    lets every page be asked what was known on a day.
    """

    model = models.CharField(max_length=40)
    row = models.PositiveBigIntegerField()
    state = models.ForeignKey(State, null=True, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField(default=timezone.now)
    data = models.JSONField(null=True)

    state_path = "state"

    class Meta:
        ordering = ("pk",)
        indexes = [
            models.Index(fields=["state", "model", "row", "since"]),
            # When a state moved last.
            models.Index(fields=["state", "-since"], name="last_line_of_a_state"),
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.row} since {self.since:%Y-%m-%d %H:%M}"


class Draft(models.Model):
    """Text saved as it is typed. It belongs to the post, so a successor finds it on the desk."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="drafts")
    key = models.CharField(max_length=120)
    data = models.JSONField(default=dict)
    saved_at = models.DateTimeField(auto_now=True)

    state_path = "post__team__state"
    national_rows = True
    desk_path = "post__appointments__person"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "key"], name="one_draft_a_key")]

    def __str__(self) -> str:
        return self.key


class Counter(models.Model):
    """A version that is another one after the transaction of a change (`people`: who may do what)."""

    name = models.CharField(max_length=20, primary_key=True)
    value = models.PositiveBigIntegerField(default=0)

    state_path = None

    def __str__(self) -> str:
        return f"{self.name} {self.value}"
