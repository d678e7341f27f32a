"""Verbs on checklist lines and stages. Each locks or guards, checks, saves and records."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nudm.core.bounds import within
from nudm.core.errors import Conflict, NotAllowed, Refused
from phases.actions.records import facts_of
from phases.catalogue import catalogue
from phases.models import Citation, Closure, Evidence, Item, Mark, Record, Step
from phases.models.item import STATUS_LABELS
from phases.progress import progress_of
from phases.rules import EDITABLE, MOVES, REASONS, Claim, Move, Status, moves_from
from states.access import post_for, powers, require
from states.actions import Moved, record, touch
from states.drafts import drop_draft
from states.models import State
from states.past import gone, keep
from states.wrote import note_row
from ulbs.models import Ulb


def item_for(state: State, code: str) -> Item:
    """The state's row for a line; made in memory when there is none yet (not started).

    Raises Refused for a code that no person attests, unless it counts ULBs where there are none.
    """
    book = catalogue()
    if not book.has(code) or not (book.line(code).kind == "attested" or book.line(code).counts_ulbs):
        raise Refused(_("This line is not one that a person attests."), code="not_attested")
    found = Item.objects.select_related("state").filter(state=state, code=code).first()
    if found is None and book.line(code).kind != "attested" and has_ulbs(state):
        raise Refused(_("This line is not one that a person attests."), code="not_attested")
    return found or Item(state=state, code=code, stage=book.line(code).stage)


def has_ulbs(state: State | int) -> bool:
    """Whether the State/UT's register has a ULB in scope."""
    return Ulb.objects.filter(state=state, in_scope=True, ended="").exists()


@transaction.atomic
def save_remark(item: Item, remark: str, *, version: int, by: Any) -> Item:
    """Keep the working text of a line that is with the state's side; starts it when it is not started.

    Raises NotAllowed without `update_checklist`, Conflict when another officer saved first, Refused
    when the line is under review or settled.
    """
    require(by, "update_checklist", item)
    row = _opened(item)
    if row.line.kind != "attested":
        raise Refused(_("This line is not one that a person attests."), code="not_attested")
    if Status(row.status) not in EDITABLE:
        raise Refused(
            _("This line is “%(status)s” and cannot be edited. Withdraw it, or ask the centre to reopen it.")
            % {"status": STATUS_LABELS[Status(row.status)]},
            code="frozen",
        )
    if row.version != version:
        raise _conflict(row, remark=remark)
    within(remark=remark)
    if remark == row.remark and Status(row.status) is not Status.NOT_STARTED:
        return row
    row.remark = remark
    start(row, by=by)
    row.version += 1
    row.save(update_fields=["remark", "status", "since", "version"])
    keep([row])
    touch(row.state_id, moved=Moved.FACTS, counted=False)
    record("item.remark", by=by, state=row.state, target=row, code=row.code)
    drop_draft(post_for(by, row.state), f"item:{row.code}:{row.state_id}")
    return row


def start(row: Item, *, by: Any) -> None:
    """Begin an item that is not started, with its step in the history; the caller saves the row."""
    if Status(row.status) is Status.NOT_STARTED:
        _step(row, _move("start", Status.NOT_STARTED), _cited(row), by, note="")
        row.status, row.since = Status.IN_PROGRESS.value, timezone.now()


@transaction.atomic
def move(
    item: Item,
    name: str,
    *,
    version: int,
    by: Any,
    note: str = "",
    reason: str = "",
    remark: str | None = None,
) -> Item:
    """Move a line by the table `MOVES`: guard and version in one UPDATE, history in the same transaction.

    Raises Http404 for a neighbour's line, NotAllowed without the power (or when the one who submitted
    would review), Conflict when the line has moved on, Refused when evidence, a set-up record or a
    reason is missing.
    """
    row = _opened(item)
    step = next((m for m in MOVES if m.name == name and m.source.value == row.status), None)
    if step is None:
        require(by, "view_state", row)
        raise _conflict(row, remark=remark or "", note=note)
    require(by, step.permission, row)
    if row.version != version:
        raise _conflict(row, remark=remark or "", note=note)
    _allowed(row, step, by)
    within(note=note, remark=remark)
    if remark is not None and step.permission != "review_item" and Status(row.status) in EDITABLE:
        row.remark = remark
    cited = _cited(row)
    _ready(row, step, cited, note=note, reason=reason)
    now = timezone.now()
    changes: dict[str, Any] = {
        "status": step.to.value,
        "version": version + 1,
        "since": now,
        "remark": row.remark,
        "handed_over": _handed_over(row, step),
    }
    if step.to is Status.UNDER_REVIEW:
        changes |= {
            "asks": step.claim,
            "submitted_by": by,
            "submitted_at": now,
            "reviewed_by": None,
        }
    elif step.permission == "review_item":
        changes |= {"answer": note.strip(), "answer_reason": reason}
        if step.source is Status.UNDER_REVIEW:
            changes["reviewed_by"] = by
    if step.to in {Status.ACCEPTED, Status.NOT_APPLICABLE}:
        changes["catalogue_version"] = catalogue().version
        if row.first_accepted_at is None and step.to is Status.ACCEPTED:
            changes["first_accepted_at"] = now
    guarded = Item.objects.filter(pk=row.pk, status=row.status, version=version).update(**changes)
    if not guarded:
        raise _conflict(
            Item.objects.select_related("state").get(pk=row.pk),
            remark=remark or "",
            note=note,
        )
    _step(row, step, cited, by, note=note, reason=reason)
    for name_, value in changes.items():
        setattr(row, name_, value)
    keep([row])
    if remark is not None:
        drop_draft(post_for(by, row.state), f"item:{row.code}:{row.state_id}")
    touch(row.state_id, moved=Moved.FACTS, counted=False)
    record(
        f"item.{step.name}",
        by=by,
        state=row.state,
        target=row,
        code=row.code,
        to=step.to.value,
    )
    return row


@transaction.atomic
def mark_done(state: State, code: str, *, done: bool, by: Any) -> None:
    """Mark a responsibility of the deck as done, or take the mark away. Raises NotAllowed, Refused."""
    require(by, "update_checklist", state)
    book = catalogue()
    if not book.has(code) or not book.line(code).may_be_marked:
        raise Refused(_("This responsibility follows from other lines and is not marked by hand."))
    if done:
        mark, made = Mark.objects.get_or_create(state=state, code=code, defaults={"by": by})
        keep([mark] if made else [])
    else:
        marks = Mark.objects.filter(state=state, code=code)
        gone(list(marks))
        marks.delete()
    touch(state, moved=Moved.FACTS, counted=False)
    record("responsibility.mark", by=by, state=state, code=code, done=done)


@transaction.atomic
def close_stage(state: State, stage: int, *, by: Any, note: str = "") -> Closure:
    """Sign a stage off: an act of the centre, possible only when every completion criterion is met and the
    stages before it are closed.

    Stores what it saw. Raises NotAllowed, and Refused when the gate is shut, the stage is closed
    already, an earlier one is not, or it has no completion criteria (the deck gives Stage 4 none).
    """
    require(by, "close_stage", state)
    State.objects.select_for_update(no_key=True).get(pk=state.pk)
    if stage not in (1, 2, 3):
        raise Refused(_("Stage 4 has no completion criteria; it is ongoing and is never closed."))
    within(note=note)
    stages = progress_of([state])[state.pk].stages
    seen = stages[stage - 1]
    if seen.closed_on is not None:
        raise Refused(_("This stage is closed already."), code="closed")
    first = next((before.number for before in stages[: stage - 1] if before.closed_on is None), None)
    if first is not None:
        raise Refused(
            _("Stages are closed in order. Close Stage %(first)s first, then Stage %(stage)s.")
            % {"first": first, "stage": stage},
            code="order",
        )
    if not seen.gate_open:
        raise Refused(
            _("The gate is shut: %(met)s of %(total)s completion criteria are met. The page says why.")
            % {"met": seen.met, "total": seen.total},
            code="gate_shut",
        )
    closure = Closure.objects.create(
        state=state,
        stage=stage,
        by=by,
        post=post_for(by, state),
        note=note,
        saw={line.code: truth.value for line, truth in seen.criteria},
        catalogue_version=catalogue().version,
    )
    keep([closure])
    touch(state, moved=Moved.FACTS, counted=False)
    record("stage.close", by=by, state=state, target=closure, stage=stage)
    return closure


@transaction.atomic
def undo_closure(state: State, stage: int, *, by: Any, reason: str) -> Closure:
    """Take back that a stage was closed: an act of the centre, for a reason, kept with the closure.

    What was known on an earlier day stays as it was; the stage can be closed again. Raises NotAllowed, and
    Refused without a reason, where the stage is not closed, and where a later stage is closed on it.
    """
    require(by, "close_stage", state)
    State.objects.select_for_update(no_key=True).get(pk=state.pk)
    reason = reason.strip()
    if not reason:
        words = _("Say why the closure is undone. The reason stays with it and is shown to the State/UT.")
        raise Refused(words, code="incomplete", fields={"reason": [words]})
    limit: int = Closure._meta.get_field("undone_reason").max_length or 0
    if len(reason) > limit:
        words = _("The reason is too long: at most %(n)s characters.") % {"n": limit}
        raise Refused(words, code="incomplete", fields={"reason": [words]})
    standing = {row.stage: row for row in Closure.objects.filter(state=state, undone_at__isnull=True)}
    if stage not in standing:
        raise Refused(_("This stage is not closed. There is nothing to undo."), code="not_closed")
    later = max(standing)
    if later > stage:
        raise Refused(
            _("Stage %(later)s was closed after it. Undo the closure of Stage %(later)s first.")
            % {"later": later},
            code="order",
        )
    closure = standing[stage]
    closure.undone_at, closure.undone_by, closure.undone_reason = timezone.now(), by, reason
    closure.undone_post = post_for(by, state)
    closure.save(update_fields=["undone_at", "undone_by", "undone_post", "undone_reason"])
    keep([closure])
    touch(state, moved=Moved.FACTS, counted=False)
    record("stage.undo", by=by, state=state, target=closure, stage=stage, reason=reason)
    return closure


def _opened(item: Item) -> Item:
    """The stored row, locked; inserted first when the line was not started."""
    stored = Item.objects.select_for_update(of=("self",)).select_related("state")
    key = {"pk": item.pk} if item.pk else {"state": item.state_id, "code": item.code}
    found = stored.filter(**key).first()
    if found is None:
        made, _made = Item.objects.get_or_create(
            state=item.state, code=item.code, defaults={"stage": item.stage}
        )
        found = stored.get(pk=made.pk)
    return found


def _handed_over(row: Item, step: Move) -> bool:
    """Whether an item of the IA is with the State/UT after this move: from the handing over, or from its
    submission, until it is handed back, returned or reopened."""
    if row.handed is None or step.name in {"hand_back", "return", "reopen"}:
        return False
    return row.handed_over or step.name == "hand_over" or step.to is Status.UNDER_REVIEW


def _cited(row: Item) -> list[Evidence]:
    cited = Citation.objects.filter(item=row).select_related("evidence").order_by("pk")
    return [citation.evidence for citation in cited]


def _allowed(row: Item, step: Move, by: Any) -> None:
    own = row.submitted_by_id == by.pk
    offered = moves_from(
        Status(row.status),
        powers(by, row.state_id),
        asks=Claim(row.asks),
        submitted_by_me=own,
        handed=row.handed,
        counted=row.line.kind != "attested",
    )
    if step in offered:
        if row.line.kind != "attested" and step.claim is Claim.NOT_APPLICABLE and has_ulbs(row.state):
            raise Refused(
                _("The register has ULBs in scope, so this line is counted. It cannot be not applicable."),
                code="counted",
            )
        return
    if step.handed is not None:
        raise Refused(_hand_words(row), code="handed")
    if own and step.permission == "review_item":
        raise NotAllowed(_("You submitted this line yourself. Another reviewer has to answer it."))
    raise Refused(
        _("This answer does not fit what was asked. Open the line again."),
        code="wrong_claim",
    )


def _hand_words(row: Item) -> str:
    if row.handed is None:
        return _("Only what the IA does is handed over; this item is the State/UT's own.")
    if row.handed:
        return _("The State/UT has this item already. It can submit it, or hand it back to the IA.")
    return _("The IA has this item. It is handed back only after it was handed over.")


def _ready(row: Item, step: Move, cited: list[Evidence], *, note: str, reason: str) -> None:
    fields: dict[str, list[str]] = {}
    unread = [f"{each.title}: {each.explained}" for each in cited if not each.readable]
    if unread and (step.needs_evidence or step.to is Status.ACCEPTED):
        fields["evidence"] = unread
    if step.needs_evidence:
        if not cited:
            fields["evidence"] = [_("Cite at least one piece of evidence: upload the letter, or choose one.")]
        wanted = row.line.record
        if wanted:
            there = Record.objects.filter(state=row.state_id, kind__in=wanted, complete=True).count()
            if there < len(wanted):
                fields["record"] = [_("Complete the set-up record of this line first.")]
    if step.needs_reason and not note.strip():
        fields["note"] = [_("Say why, in words that help the reader to act.")]
    if step.name in {"return", "reopen"} and reason not in REASONS:
        fields["reason"] = [_("Choose a reason.")]
    reopening = step.source in {Status.ACCEPTED, Status.NOT_APPLICABLE}
    if (
        reopening
        and Closure.objects.filter(state=row.state_id, stage=row.stage, undone_at__isnull=True).exists()
    ):
        fields["note"] = [_("The stage is closed; what it was closed on stays as it is.")]
    if fields:
        raise Refused(
            _("Something is missing. Nothing was moved."),
            code="incomplete",
            fields=fields,
        )


def _step(row: Item, step: Move, cited: list[Evidence], by: Any, *, note: str, reason: str = "") -> None:
    saw: dict[str, Any] = {"remark": row.remark, "evidence": [[each.pk, each.sha256] for each in cited]}
    if step.to is Status.UNDER_REVIEW:
        saw["facts"] = facts_of(row.state, row.line.record)
    made = Step.objects.create(
        item=row,
        state_id=row.state_id,
        move=step.name,
        source=step.source.value,
        to=step.to.value,
        asks=(step.claim or Claim(row.asks)).value,
        by=by,
        post=post_for(by, row.state),
        note=note.strip(),
        reason=reason,
        saw=saw,
        catalogue_version=catalogue().version,
    )
    note_row(made)


def _move(name: str, source: Status) -> Move:
    return next(m for m in MOVES if m.name == name and m.source is source)


def _conflict(row: Item, **mine: str) -> Conflict:
    label = STATUS_LABELS[Status(row.status)]
    return Conflict(
        _("This line has moved on: it is now “%(status)s”. Compare the texts, then act again.")
        % {"status": label},
        mine={name: text for name, text in mine.items() if text},
        theirs={"remark": row.remark, "status": label, "version": row.version},
    )
