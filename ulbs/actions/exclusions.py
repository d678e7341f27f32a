"""Verbs on what takes a ULB out of a count: ask, refuse, withdraw, correct; and on gates passed shut.

What is agreed is carried out in `ulbs.actions.agreeing`. Whether Stage 1 of a State/UT is closed is known
to a higher app, which says it by a function in `CLOSED`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nudm.core.bounds import LINE, within
from nudm.core.dates import show
from nudm.core.errors import NotAllowed, Refused
from states.access import post_for, powers, require
from states.actions import Moved, record, touch
from states.models import Past, State
from states.past import keep
from ulbs.limits import limits
from ulbs.models import Batch, Deployment, Exclusion, Incident, Override, Ulb, shut_words
from ulbs.rules.gate import Check, entry
from ulbs.rules.leaving import TAKEN_BACK_WITHIN, Place, leaves
from ulbs.tally import pilots_signed

What, Status = Exclusion.What, Exclusion.Status
# Whether Stage 1 of a state, by its id, is closed.
CLOSED: list[Callable[[int], bool]] = []
IN_FORCE = (Status.AGREED.value, Status.CORRECTED.value)


def needs_agreement(state: State | int, by: Any) -> bool:
    """Whether the centre has to agree when this person takes a ULB of the state out of a count: from the
    closing of Stage 1 on, unless it is the centre alone that acts. Who holds a post of both asks as well, for
    another person answers."""
    pk = state.pk if isinstance(state, State) else state
    held = powers(by, pk)
    return any(closed(pk) for closed in CLOSED) and ("manage_ulbs" in held or "review_item" not in held)


def place_of(values: Mapping[str, Any]) -> Place:
    """From the columns of a ULB as `Past` or `values_of` has them."""
    batch = values.get("batch_id", values.get("batch"))
    return Place(bool(values["in_scope"]), bool(values["pilot"]), batch, bool(values.get("ended")))


def place_now(row: Ulb) -> Place:
    return Place(row.in_scope, row.pilot, row.batch_id, bool(row.ended))


@dataclass(slots=True)
class Verdict:
    """What becomes of a change of a ULB's plan: `saved`, `asked` of the centre, or `refused` and why.

    `exclusion` and `override` are rows to be written with it, not saved yet."""

    result: str
    words: str = ""
    field: str = ""
    exclusion: Exclusion | None = None
    override: Override | None = None


class Judge:
    """Says of changes of the plan of a state's ULBs what becomes of them. A fixed number of queries, and one
    more for each ULB that was changed within the hour."""

    def __init__(self, state: State, by: Any) -> None:
        self.state, self.by = state, by

    @cached_property
    def asks(self) -> bool:
        return needs_agreement(self.state, self.by)

    @cached_property
    def closed(self) -> bool:
        return any(closed(self.state.pk) for closed in CLOSED)

    @cached_property
    def begun(self) -> dict[int, Batch]:
        rows = Batch.objects.filter(state=self.state, started_on__isnull=False)
        return {batch.pk: batch for batch in rows}

    @cached_property
    def gate(self) -> tuple[Check, Check]:
        """The two conditions that are the state's, not the ULB's."""
        critical = Incident.objects.filter(
            state=self.state, severity="critical", closed_on__isnull=True
        ).count()
        return entry(pilots_signed(self.state.pk), critical, limits())

    @cached_property
    def open_requests(self) -> dict[tuple[int | None, str, str], Exclusion]:
        rows = Exclusion.objects.filter(state=self.state, status=Status.ASKED)
        return {(row.ulb_id, row.what, row.module): row for row in rows}

    def shut(self, ulb: Ulb) -> list[str]:
        """The conditions of entry into a begun batch that this ULB does not meet."""
        found = ["master_data"] if ulb.data_validated_on is None else []
        found += ["training"] if ulb.trained_on is None else []
        return found + [check.name for check in self.gate if not check.open]

    def shut_live(self, ulb: Ulb, on: date) -> list[str]:
        """What keeps the gate of a go-live on a day shut: a pilot goes live by its UAT alone."""
        if ulb.pilot:
            return []
        uat = [check.name for check in self.gate if check.name == "uat" and not check.open]
        if ulb.batch_id is None:
            return ["no_batch", *uat]
        batch = self.begun.get(ulb.batch_id)
        late = batch is None or batch.started_on is None or batch.started_on > on
        return ["not_begun", *uat] if late else uat

    def plan(
        self,
        row: Ulb,
        before: Mapping[str, Any],
        reason: str,
        *,
        fresh: bool = False,
        restored: bool = False,
    ) -> Verdict:
        """Of one ULB whose new plan is set on `row`, not saved; `before` as `values_of` gives it.

        `fresh`: what it takes back was entered within the hour (see `fresh_plans`). `restored`: it comes back
        into the batch that it was in when that began.
        """
        within(LINE, reason=reason)
        then, now, reason = place_of(before), place_now(row), reason.strip() or row.scope_reason.strip()
        verdict = Verdict("saved")
        enters = not restored and now.counts and now.batch is not None and now.batch in self.begun
        if enters and (now.batch != then.batch or not then.counts) and (shut := self.shut(row)):
            words = shut_words(shut)
            if not reason:
                words = _("The batch has begun and the gate is shut for this ULB. %(why)s") % {"why": words}
                words = _("%(shut)s Write down why it enters nevertheless.") % {"shut": words}
                return Verdict("refused", words, "batch")
            number = self.begun[now.batch or 0].number
            verdict.override = self.override(Override.Gate.BATCH_ENTRY, reason, shut, ulb=row, batch=number)
        gone = leaves(then, now, begun=then.batch in self.begun)
        if not gone or not self.closed:
            return verdict
        what = _what(gone, now)
        changes: dict[str, Any] = {"pilot": now.pilot, "in_scope": now.in_scope, "batch": now.batch}
        changes |= {"scope_reason": row.scope_reason, "left": then.batch}
        how = {"counts": ",".join(gone), "changes": changes}
        if fresh or not self.asks:
            status = Status.CORRECTED if fresh else Status.AGREED
            verdict.exclusion = self.row(row, what, reason or _("Taken back within the hour"), status, **how)
            return verdict
        return self.asked(verdict, row, what, reason, **how)

    def ended(self, row: Ulb, what: Any, reason: str, on: date) -> Verdict:
        """Of a ULB that is to end on a day and is not ended yet; a merger or a split is a correction."""
        verdict, now = Verdict("saved"), place_now(row)
        gone = leaves(now, replace(now, ended=True), begun=now.batch in self.begun)
        if not gone or not self.closed:
            return verdict
        how = {"counts": ",".join(gone), "changes": {"on": on.isoformat()}}
        correction = what in {What.MERGED, What.SPLIT} or self._came_lately(row)
        if correction or not self.asks:
            status = Status.CORRECTED if correction else Status.AGREED
            verdict.exclusion = self.row(row, what, reason, status, **how)
            return verdict
        return self.asked(verdict, row, what, reason.strip(), **how)

    def _came_lately(self, row: Ulb) -> bool:
        """Whether a ULB was not counted an hour ago."""
        lately = timezone.now() - TAKEN_BACK_WITHIN
        lines = Past.objects.filter(state=self.state, model="ulb", row=row.pk, since__lte=lately)
        last = lines.order_by("-pk").first()
        return last is None or last.data is None or not place_of(last.data).counts

    def asked(self, verdict: Verdict, ulb: Ulb, what: Any, reason: str, **how: Any) -> Verdict:
        """The request, or why it cannot be made."""
        module = how.get("module", "")
        within(LINE, reason=reason)
        same = self.open_requests.get((ulb.pk, what.value, module))
        if same is not None:
            words = _("This was asked of the centre on %(day)s and waits for its answer.")
            return Verdict("refused", words % {"day": show(same.asked_at)}, "reason")
        if not reason:
            words = _(
                "Stage 1 is closed: what leaves a count needs the centre's agreement. Write down the reason; "
                "it is sent to the centre."
            )
            return Verdict("refused", words, "reason")
        verdict.result = "asked"
        verdict.exclusion = self.row(ulb, what, reason, Status.ASKED, **how)
        return verdict

    def row(self, ulb: Ulb, what: Any, reason: str, status: Any, **how: Any) -> Exclusion:
        return Exclusion(
            state=self.state,
            ulb=ulb,
            lgd_code=ulb.lgd_code,
            name=ulb.name,
            what=what.value,
            reason=reason[:300],
            status=status.value,
            asked_by=self.by,
            asked_post=post_for(self.by, self.state),
            **how,
        )

    def override(self, gate: Any, reason: str, shut: Iterable[str], **about: Any) -> Override:
        post = post_for(self.by, self.state)
        return Override(
            state=self.state,
            gate=gate.value,
            shut=",".join(shut),
            reason=reason[:300],
            by=self.by,
            post=post,
            **about,
        )

    def fresh_plans(self, changed: Sequence[tuple[Ulb, Mapping[str, Any]]]) -> set[int]:
        """Which of these changes take back what was entered within the hour, and lose nothing that was
        counted before it."""
        lately = timezone.now() - TAKEN_BACK_WITHIN
        lines = Past.objects.filter(state=self.state, model="ulb", row__in=[row.pk for row, _b in changed])
        recent = set(lines.filter(since__gt=lately).values_list("row", flat=True))
        found = set()
        for row, before in changed:
            if row.pk not in recent:
                continue
            now = place_of(before)
            since, former = None, None
            for past in lines.filter(row=row.pk).order_by("-pk"):
                place = place_of(past.data) if past.data else None
                if place != now:
                    former = place
                    break
                since = past.since
            lost = former is not None and leaves(former, place_now(row), begun=former.batch in self.begun)
            if since is not None and since > lately and not lost:
                found.add(row.pk)
        return found

    def fresh_cell(self, cell: Deployment, active: Callable[[Mapping[str, Any]], bool]) -> bool:
        """Whether the module came into the count within the hour, and was not in it before that."""
        since = None
        for past in Past.objects.filter(state=self.state, model="deployment", row=cell.pk).order_by("-pk"):
            if past.data is None or not active(past.data):
                break
            since = past.since
        return since is not None and since > timezone.now() - TAKEN_BACK_WITHIN


def _what(gone: Sequence[str], now: Place) -> Any:
    if "all" in gone:
        return What.SCOPE
    if "pilot" in gone:
        return What.PILOT
    return What.MADE_PILOT if "rest" in gone else What.BATCH


def write(state: State, verdicts: Iterable[Verdict], *, by: Any) -> None:
    """Save the rows of what was judged, and write each to the log. In the caller's transaction."""
    made = list(verdicts)
    exclusions = [verdict.exclusion for verdict in made if verdict.exclusion is not None]
    overrides = [verdict.override for verdict in made if verdict.override is not None]
    if not exclusions and not overrides:
        return
    for row in exclusions:
        if row.status == Status.AGREED:
            row.answered_at = row.asked_at
    Exclusion.objects.bulk_create(exclusions)
    Override.objects.bulk_create(overrides)
    keep([*exclusions, *overrides])
    touch(state, moved=Moved.FACTS)
    for status in (Status.ASKED, Status.AGREED, Status.CORRECTED):
        of = [row for row in exclusions if row.status == status]
        if of:
            ids = [row.pk for row in of][:50]
            record(f"exclusion.{VERB[status]}", by=by, state=state, rows=ids, n=len(of), what=of[0].what)
    if overrides:
        record("gate.override", by=by, state=state, rows=[row.pk for row in overrides][:50], n=len(overrides))


VERB = {Status.ASKED: "ask", Status.AGREED: "agree", Status.CORRECTED: "correct"}


def take_back(
    judge: Judge, left: Sequence[tuple[Ulb, str]], applied_at: datetime, *, removed: bool = False
) -> None:
    """Record that a file which was read in is taken back, and which ULBs leave which counts by that;
    `removed`: the rows themselves are taken away. Raises Refused when the file was written more than an hour
    ago and it is not the centre that takes it back."""
    if not left:
        return
    lately = applied_at > timezone.now() - TAKEN_BACK_WITHIN
    if not lately and judge.asks:
        words = _(
            "This file was written more than an hour ago and Stage 1 is closed: what leaves a count needs "
            "the centre's agreement. Ask for each ULB on the page “Plan of the ULBs”."
        )
        raise Refused(words, code="agreement")
    status, made = Status.CORRECTED if lately else Status.AGREED, []
    for ulb, counts in left:
        row = judge.row(ulb, What.FILE, _("The file that it came with was taken back"), status, counts=counts)
        if removed:
            row.ulb = None
        made.append(Verdict("saved", exclusion=row))
    write(judge.state, made, by=judge.by)


def count_again(ulbs: Sequence[Ulb]) -> None:
    """Mark as returned what is in force of these ULBs although they are in the count again. Call it before
    the act's line of the log, which covers it."""
    rows = list(Exclusion.objects.filter(ulb__in=[ulb.pk for ulb in ulbs], status__in=IN_FORCE))
    of = {ulb.pk: ulb for ulb in ulbs}
    _returned([row for row in rows if _is_back(row, place_now(of[row.ulb_id or 0]))])


def count_modules_again(
    cells: Iterable[Deployment], active: Callable[[Any], bool], live: Callable[[Any], bool]
) -> None:
    """The same of modules: one that was withdrawn or taken out of scope is active again, one whose go-live
    was taken away is live again."""
    of = {(cell.ulb_id, cell.module): vars(cell) for cell in cells}
    rows = Exclusion.objects.filter(what=What.MODULE, status__in=IN_FORCE, ulb__in={ulb for ulb, _m in of})
    now = [(row, of.get((row.ulb_id or 0, row.module))) for row in rows]
    _returned([row for row, cell in now if cell and (live if "live_on" in row.changes else active)(cell)])


def _returned(rows: list[Exclusion]) -> None:
    for row in rows:
        row.status = Status.RETURNED.value
    if rows:
        Exclusion.objects.bulk_update(rows, ["status"])
        keep(rows)


def _is_back(row: Exclusion, now: Place) -> bool:
    if row.what in {What.SCOPE, What.DROPPED}:
        return now.counts
    if row.what == What.PILOT:
        return now.counts and now.pilot
    if row.what == What.MADE_PILOT:
        return now.counts and not now.pilot
    if row.what == What.BATCH:
        return now.counts and now.batch is not None and now.batch == row.changes.get("left")
    if row.what == What.FILE:
        held = {"all": now.counts, "pilot": now.counts and now.pilot, "rest": now.counts and not now.pilot}
        named = [held[name] for name in row.counts.split(",") if name in held]
        return bool(named) and all(named)
    return False


@transaction.atomic
def refuse(row: Exclusion, *, note: str, by: Any) -> Exclusion:
    """The centre does not agree: the ULB stays in the count.

    Raises NotAllowed without `review_item` or for the person who asked, Refused without a reason or when the
    request was answered or withdrawn.
    """
    within(LINE, note=note)
    found = open_request(row, by)
    if not note.strip():
        words = _("Say why, in words that help the reader to act.")
        raise Refused(words, code="note", fields={"note": [words]})
    return answered(found, Status.REFUSED, note, by)


@transaction.atomic
def withdraw(row: Exclusion, *, by: Any) -> Exclusion:
    """The State/UT takes its request back. Raises NotAllowed without `manage_ulbs`, Refused when it was
    answered."""
    require(by, "manage_ulbs", row)
    found = _locked(row)
    found.status = Status.WITHDRAWN.value
    found.answered_by, found.answered_post, found.answered_at = by, post_for(by, found.state), timezone.now()
    return _stored(found, "exclusion.withdraw", by)


def open_request(row: Exclusion, by: Any) -> Exclusion:
    """The request, locked, that this person of the centre may answer."""
    require(by, "review_item", row)
    found = _locked(row)
    if found.asked_by_id == by.pk:
        raise NotAllowed(_("You asked for this yourself. Another reviewer has to answer it."))
    return found


def answered(row: Exclusion, status: Any, note: str, by: Any) -> Exclusion:
    row.status, row.note = status.value, note.strip()[:300]
    row.answered_by, row.answered_post, row.answered_at = by, post_for(by, row.state), timezone.now()
    verb = "exclusion.agree" if status is Status.AGREED else "exclusion.refuse"
    return _stored(row, verb, by)


def _locked(row: Exclusion) -> Exclusion:
    rows = Exclusion.objects.select_for_update(of=("self",)).select_related("state", "ulb__state")
    found: Exclusion = rows.get(pk=row.pk)
    if found.status != Status.ASKED:
        raise Refused(_("This request was answered or withdrawn already. Look again."), code="answered")
    return found


def _stored(row: Exclusion, verb: str, by: Any) -> Exclusion:
    row.save(update_fields=["status", "note", "answered_by", "answered_post", "answered_at"])
    keep([row])
    touch(row.state_id, moved=Moved.FACTS)
    record(verb, by=by, state=row.state, target=row, what=row.what, ulb=row.ulb_id)
    return row
