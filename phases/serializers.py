"""The API's shapes of states, lines and evidence."""

from typing import Any

from rest_framework import serializers

from nudm.core.api_fields import Day, Line, LongText, Whole
from nudm.core.inputs import Declared
from phases.catalogue import catalogue
from phases.models import Evidence, Item
from phases.rules import MOVES, REASONS, Claim, Status, moves_from
from states.access import powers
from states.models import State


class StateOut(serializers.ModelSerializer):
    class Meta:
        model = State
        fields = ("iso", "lgd_code", "name", "name_hi", "kind")


class CriterionOut(serializers.Serializer):
    code = serializers.CharField()
    text = serializers.CharField()
    truth = serializers.CharField()


class BlockerOut(serializers.Serializer):
    code = serializers.CharField()
    criterion = serializers.CharField()
    text = serializers.CharField()
    status = serializers.CharField()
    party = serializers.CharField(help_text="With whom the line is.")
    days = serializers.IntegerField(allow_null=True)


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
    criteria = CriterionOut(many=True)
    shut = BlockerOut(many=True)


class ProgressOut(serializers.Serializer):
    state = serializers.CharField()
    as_on = serializers.DateField(help_text="The day at whose end all this was known.")
    stages = StageOut(many=True)


class ItemOut(serializers.ModelSerializer):
    """A line of a state. A draft's remark is not the centre's to read.

    `now` in the context says how lines of a past day stand now: there are no moves then, and what has
    become a draft again is not the centre's to read either.
    """

    state = serializers.CharField(source="state.iso")
    text = serializers.SerializerMethodField()
    remark = serializers.SerializerMethodField()
    moves = serializers.SerializerMethodField()

    class Meta:
        model = Item
        fields = (
            "id", "state", "stage", "code", "text", "status", "asks", "remark", "version", "since",
            "due", "answer_reason", "answer", "first_accepted_at", "catalogue_version", "moves",
        )  # fmt: skip

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
