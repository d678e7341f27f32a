"""Gatherings, their files, and the points of action that a meeting leaves."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from nudm.core.files import ArrivingFile
from states.models import State
from ulbs.models.register import Ulb
from ulbs.rules.events import EventKind, Topic

EVENT_LABELS = {
    EventKind.KICKOFF: _("Kick-off workshop"),
    EventKind.TRAINING: _("Training workshop"),
    EventKind.UAT: _("UAT session"),
    EventKind.MEETING: _("Review meeting"),
    EventKind.CAMPAIGN: _("Awareness campaign"),
    EventKind.REVIEW: _("Review with NIUA-CDG"),
}
TOPIC_LABELS = {
    Topic.DESIGN: _("Architecture, solutioning and UX"),
    Topic.SOLUTION: _("Solution"),
    Topic.INCIDENTS: _("Change and incident management"),
    Topic.PLANS: _("Adoption and awareness plans"),
    Topic.USAGE: _("Platform usage"),
    Topic.CITIZENS: _("Adoption among citizens"),
}


class Event(models.Model):
    """A workshop, a training, a UAT session, a review meeting, a campaign or a review with the centre.

    Closed: it counts as held. `modules` and `feedback_method` hold codes with commas between them.
    """

    class Feedback(models.TextChoices):
        CALLS = "calls", _("Feedback calls by the L1 resource")
        REVERSE_KT = "reverse_kt", _("Reverse knowledge transfer")
        TRAINERS = "trainers", _("Train the trainers in the ULB cluster")

    class Channel(models.TextChoices):
        PRINT = "print", _("Newspapers")
        RADIO = "radio", _("Radio")
        SOCIAL = "social", _("Social media")
        SMS = "sms", _("SMS")
        CAMP = "camp", _("Camps in the ULBs")
        HOARDING = "hoarding", _("Hoardings and public announcements")

    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=10, choices=[(k.value, EVENT_LABELS[k]) for k in EventKind])
    topic = models.CharField(
        _("what is reviewed"), max_length=10, choices=[(t.value, TOPIC_LABELS[t]) for t in Topic], blank=True
    )
    title = models.CharField(_("subject"), max_length=200)
    on = models.DateField(_("date"))
    place = models.CharField(_("place"), max_length=200, blank=True)
    modules = models.CharField(_("modules"), max_length=200, blank=True)
    invited = models.PositiveIntegerField(_("people invited"), null=True, blank=True)
    attended = models.PositiveIntegerField(_("people present"), null=True, blank=True)
    participants = models.TextField(
        _("participants, one a line: name, designation"), blank=True, max_length=5000
    )
    with_centre = models.BooleanField(_("NIUA-CDG took part"), default=False)
    minutes = models.TextField(_("minutes"), blank=True, max_length=10000)
    recording = models.URLField(_("link to the recording"), blank=True)
    feedback_method = models.CharField(_("feedback collected by"), max_length=40, blank=True)
    feedback = models.TextField(_("feedback"), blank=True, max_length=5000)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices, blank=True)
    reach = models.PositiveIntegerField(_("people reached"), null=True, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    version = models.PositiveIntegerField(default=0)

    state_path = "state"
    kept = True

    class Meta:
        ordering = ("-on", "-pk")
        indexes = [models.Index(fields=["state", "kind", "-on"])]

    def __str__(self) -> str:
        return self.title


class EventUlb(models.Model):
    """A ULB that takes part in an event."""

    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="+")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="towns")
    ulb = models.ForeignKey(Ulb, on_delete=models.CASCADE, related_name="events")

    state_path = "state"
    town_path = "ulb__lgd_code"
    kept = True

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "ulb"], name="a_town_once_an_event")]

    def __str__(self) -> str:
        return f"{self.event_id} / {self.ulb_id}"


def _place(file: "EventFile", _name: str) -> str:
    """`state/uuid`: nothing of the sender's file name reaches the store."""
    return f"events/{file.state.iso}/{uuid.uuid4()}"


class EventFile(ArrivingFile):
    """A photo, a presentation or another file of an event."""

    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="+")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="files")
    file = models.FileField(upload_to=_place, max_length=200, blank=True)
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    state_path = "state"
    kept = True

    class Meta:
        ordering = ("at", "pk")

    def __str__(self) -> str:
        return self.name


class ActionPoint(models.Model):
    """What a meeting decided, with whom it lies, by when, and what was done about it."""

    state = models.ForeignKey(State, on_delete=models.PROTECT, related_name="+")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="points")
    text = models.CharField(_("action point"), max_length=500)
    owner = models.CharField(
        _("with"),
        max_length=10,
        choices=[("state", _("State/UT")), ("agency", _("IA")), ("town", _("Town")), ("centre", _("Centre"))],
    )
    due = models.DateField(_("by"), null=True, blank=True)
    taken = models.TextField(_("action taken"), blank=True, max_length=2000)
    done_on = models.DateField(_("done on"), null=True, blank=True)
    version = models.PositiveIntegerField(default=0)

    state_path = "state"
    kept = True

    class Meta:
        ordering = ("event", "pk")

    def __str__(self) -> str:
        return self.text
