"""The API's shapes of states, lines and evidence."""

from datetime import date
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from nudm.core.api_fields import Day, Line, LongText, Whole
from nudm.core.dates import day_of
from nudm.core.inputs import Declared
from phases.blockers import standing_of
from phases.catalogue import Line as Deck
from phases.catalogue import catalogue
from phases.clocks import Clock
from phases.models import Evidence, Item
from phases.progress import Progress, StageProgress
from phases.rules import MOVES, REASONS, Claim, Status, Truth, moves_from
from states.access import powers
from states.models import State


class StateOut(serializers.ModelSerializer):
    class Meta:
        model = State
        fields = ("iso", "lgd_code", "name", "name_hi", "kind")


class ClockOut(serializers.Serializer):
    """With whom a line is, and how long: as pages and reports say it."""

    party = serializers.CharField(help_text="state, agency, town, centre; nobody once it is settled.")
    since = serializers.DateField(allow_null=True, help_text="The day from which the party has it.")
    days = serializers.IntegerField(allow_null=True, help_text="The party's days, over all its stays.")
    age_days = serializers.IntegerField(allow_null=True, help_text="Days since work on it became due.")
    days_with = serializers.DictField(child=serializers.IntegerField(), help_text="Days with each party.")
    awaited = serializers.DateField(
        allow_null=True, help_text="Nobody can act before that day: a month has to end first."
    )


class LineOut(ClockOut):
    """An input, outcome or criterion; `n` of `of` where it is counted, `status` where it is attested."""

    code = serializers.CharField()
    ref = serializers.CharField()
    text = serializers.CharField()
    status = serializers.CharField(allow_null=True)
    truth = serializers.CharField()
    n = serializers.IntegerField(allow_null=True)
    of = serializers.IntegerField(allow_null=True)
    left_out = serializers.IntegerField(
        allow_null=True,
        help_text="ULBs that left the count with the centre's agreement since Stage 1 closed.",
    )
    corrected = serializers.IntegerField(
        allow_null=True, help_text="ULBs that left it by a merger, a split or another correction."
    )
    due = serializers.DateField(allow_null=True)


class BlockerOut(LineOut):
    criterion = serializers.CharField()
    why = serializers.CharField(help_text="What is missing, in the language of the request.")


class PendingOut(ClockOut):
    stage = serializers.IntegerField(allow_null=True)
    code = serializers.CharField(allow_null=True, help_text="Null where the centre can close the stage.")


class SlippedOut(serializers.Serializer):
    code = serializers.CharField()
    text = serializers.CharField()
    truth = serializers.CharField(help_text="How the criterion stands now.")
    reason = serializers.CharField(help_text="Why it no longer holds: the lines with their counts.")


class UndoneOut(serializers.Serializer):
    closed_on = serializers.DateField()
    undone_on = serializers.DateField()
    reason = serializers.CharField()


class StageOut(serializers.Serializer):
    number = serializers.IntegerField()
    status = serializers.CharField(help_text="not_started, in_progress, complete; Stage 4: ongoing")
    met = serializers.IntegerField()
    total = serializers.IntegerField()
    counts = serializers.DictField(child=serializers.IntegerField())
    closed_on = serializers.DateField(allow_null=True)
    closed_met = serializers.IntegerField(
        allow_null=True, help_text="Of a closed stage: the criteria met when it was closed."
    )
    closed_total = serializers.IntegerField(allow_null=True)
    slipped = SlippedOut(many=True, help_text="Criteria that held at the closing and no longer do.")
    undone = UndoneOut(many=True, help_text="Closures of this stage that the centre has undone.")
    gate = ClockOut(allow_null=True, help_text="While every criterion is met and the stage is not closed.")
    inputs = LineOut(many=True)
    outcomes = LineOut(many=True)
    criteria = LineOut(many=True)
    shut = BlockerOut(many=True)


class LeftOut(serializers.Serializer):
    left_out = serializers.IntegerField(help_text="With the centre's agreement, since Stage 1 was closed.")
    corrected = serializers.IntegerField(help_text="By a merger, a split or another correction.")


class ProgressOut(serializers.Serializer):
    state = serializers.CharField()
    as_on = serializers.DateField(help_text="The day at whose end all this was known.")
    pending = PendingOut(help_text="What the State/UT waits for, as in the national table.")
    last_moved = serializers.DateField(allow_null=True)
    stages = StageOut(many=True)
    left = serializers.DictField(
        child=LeftOut(),
        help_text="How many have left a count: all ULBs, pilots, the rest, begun batches, modules.",
    )


def clock_out(clock: Clock) -> dict[str, Any]:
    return {
        "party": clock.party.value,
        "since": clock.since,
        "days": clock.days,
        "age_days": clock.age_days,
        "days_with": {party.value: days for party, days in clock.days_with.items()},
        "awaited": clock.awaited,
    }


def line_out(line: Deck, seen: Progress, truth: Truth) -> dict[str, Any]:
    """A line of the deck as the pages show it; `truth`, which of a closed stage's criterion is that of the
    closing."""
    item, ratio = seen.items.get(line.code), seen.tallies.get(line.measure or "")
    begins = Status.NOT_STARTED.value if line.kind == "attested" else None
    return {
        "code": line.code,
        "ref": line.ref,
        "text": line.text.en,
        "status": item.status if item else begins,
        "truth": truth.value,
        "n": ratio.n if ratio else None,
        "of": ratio.of if ratio else None,
        "left_out": ratio.out if ratio else None,
        "corrected": ratio.corrected if ratio else None,
        "due": item.due if item else None,
        **clock_out(seen.clocks[line.code]),
    }


def stage_out(stage: StageProgress, seen: Progress) -> dict[str, Any]:
    """One stage in full."""
    deck = catalogue().stage(stage.number)
    sections = {
        f"{name}s": [line_out(line, seen, seen.truths[line.code]) for line in deck.section(name)]
        for name in ("input", "outcome")
    }
    return {
        "number": stage.number,
        "status": stage.status,
        "met": stage.met,
        "total": stage.total,
        "counts": {status.value: count for status, count in stage.counts.items()},
        "closed_on": stage.closed_on,
        "closed_met": stage.closed_met,
        "closed_total": stage.closed_total,
        "slipped": [
            {"code": one.line.code, "text": one.line.text.en, "truth": one.truth.value, "reason": one.reason}
            for one in stage.slipped
        ],
        "undone": [
            {"closed_on": one.closed_on, "undone_on": one.undone_on, "reason": one.reason}
            for one in stage.undone
        ],
        "gate": clock_out(stage.gate) if stage.gate else None,
        **sections,
        "criteria": [line_out(line, seen, truth) for line, truth in stage.criteria],
        "shut": [
            line_out(b.line, seen, b.truth) | {"criterion": b.criterion.code, "why": standing_of(b)}
            for b in stage.blockers
        ],
    }


# Of each count of ULBs a measure that tells how many have left it.
LEFT = {
    "all": "all.live",
    "pilot": "pilot.live",
    "rest": "rest.live",
    "batch": "first_batch.live",
    "modules": "metrics.tracked",
}


def progress_out(state: State, seen: Progress) -> dict[str, Any]:
    """All that the pages say of a State/UT's progress."""
    pending = seen.pending
    return {
        "state": state.iso,
        "as_on": seen.day,
        "pending": clock_out(pending.clock)
        | {"stage": pending.stage, "code": pending.blocker.line.code if pending.blocker else None},
        "last_moved": day_of(seen.last_moved) if seen.last_moved else None,
        "stages": [stage_out(stage, seen) for stage in seen.stages],
        "left": {
            name: {"left_out": seen.tallies[measure].out, "corrected": seen.tallies[measure].corrected}
            for name, measure in LEFT.items()
        },
    }


class ItemOut(serializers.ModelSerializer):
    """A line of a state. A draft's remark is not the centre's to read.

    In the context `progress` has the progress of each state by its id: the clocks. `now` says how lines
    of a past day stand now: there are no moves then, and what has become a draft again is not the centre's
    to read either.
    """

    state = serializers.CharField(source="state.iso")
    text = serializers.SerializerMethodField()
    remark = serializers.SerializerMethodField()
    moves = serializers.SerializerMethodField()
    since = serializers.SerializerMethodField()
    age_days = serializers.SerializerMethodField()
    days_with = serializers.SerializerMethodField()

    class Meta:
        model = Item
        fields = (
            "id", "state", "stage", "code", "text", "status", "asks", "remark", "version", "since",
            "age_days", "days_with", "due", "answer_reason", "answer", "first_accepted_at",
            "catalogue_version", "moves",
        )  # fmt: skip

    def get_fields(self) -> dict[str, Any]:
        """With `with`, which no attribute can be called."""
        return super().get_fields() | {"with": serializers.SerializerMethodField(method_name="get_party")}

    def _clock(self, item: Item) -> Clock:
        known: dict[str, Clock] = self.context["progress"][item.state_id].clocks
        return known.get(item.code) or Clock(item.party)

    def get_party(self, item: Item) -> str:
        return self._clock(item).party.value

    @extend_schema_field(serializers.DateField(allow_null=True))
    def get_since(self, item: Item) -> date | None:
        return self._clock(item).since

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_age_days(self, item: Item) -> int | None:
        return self._clock(item).age_days

    @extend_schema_field(serializers.DictField(child=serializers.IntegerField()))
    def get_days_with(self, item: Item) -> dict[str, int]:
        return {party.value: days for party, days in self._clock(item).days_with.items()}

    def get_text(self, item: Item) -> str:
        book = catalogue()
        return book.line(item.code).text.en if book.has(item.code) else ""

    def get_remark(self, item: Item) -> str:
        held = powers(self.context["request"].user, item.state_id)
        statuses = {item.status, self.context.get("now", {}).get(item.pk, item.status)}
        draft = statuses & {Status.IN_PROGRESS.value, Status.NOT_STARTED.value}
        return "" if draft and "update_checklist" not in held else item.remark

    def get_moves(self, item: Item) -> list[str]:
        if "now" in self.context:
            return []
        user = self.context["request"].user
        offered = moves_from(
            Status(item.status),
            powers(user, item.state_id),
            asks=Claim(item.asks),
            submitted_by_me=item.submitted_by_id == user.pk,
            handed=item.handed,
            counted=item.line.kind != "attested",
            closed=self.context["progress"][item.state_id].stages[item.stage - 1].closed_on is not None,
        )
        return [move.name for move in offered]


class MoveIn(Declared):
    to = serializers.ChoiceField(
        choices=sorted({m.name for m in MOVES} | {m.to.value for m in MOVES}),
        help_text="The status to move to, or the move's name where two lead to one status.",
    )
    version = Whole(min_value=0)
    note = LongText(required=False, allow_blank=True)
    reason = serializers.ChoiceField(choices=REASONS, required=False)


class EvidenceIn(Declared):
    file = serializers.FileField()
    title = Line(required=False, allow_blank=True, max_length=200, default="")
    letter_number = Line(required=False, allow_blank=True, max_length=100, default="")
    letter_date = Day(required=False, allow_null=True, default=None)
    again = serializers.BooleanField(required=False, default=False)


class EvidenceOut(serializers.ModelSerializer[Any]):
    class Meta:
        model = Evidence
        fields = (
            "id",
            "title",
            "letter_number",
            "letter_date",
            "name",
            "mime",
            "size",
            "sha256",
            "status",
            "uploaded_at",
        )
