"""Verbs of the town office: confirm facts, send a file, and the link for a town without an account."""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from nudm.core import files, mail, scope, store
from nudm.core.arrival import FileStatus
from nudm.core.dates import show, today
from nudm.core.errors import Conflict, NotAllowed, Refused
from nudm.core.limits import spend_file
from nudm.core.uploads import check_upload
from states.access import powers, require
from states.actions import Moved, record, touch
from states.past import keep
from ulbs.actions import letters
from ulbs.actions.rollout import save_cell
from ulbs.limits import limits
from ulbs.models import (
    COLUMN_OF,
    Deployment,
    Event,
    EventUlb,
    Fact,
    Figure,
    Readiness,
    TownFile,
    TownLink,
    Ulb,
)
from ulbs.rules.events import EventKind
from ulbs.values import side_by_side

# So many trainings a town is shown.
TRAININGS = 10
NEEDS_WHO = frozenset({Fact.NODAL_OFFICER, Fact.DATA_TEAM, Fact.DATA_OPERATOR, Fact.OFFICIALS})


@transaction.atomic
def confirm(
    ulb: Ulb,
    fact: Fact,
    *,
    answer: bool,
    who: str = "",
    contact: str = "",
    note: str = "",
    version: int,
    by: Any,
    link: TownLink | None = None,
) -> Readiness:
    """Answer one fact about a ULB: yes with the name and designation, or no.

    An answer that stands already, as when a form came twice over a bad line, is saved already. Raises
    NotAllowed for anyone but the town itself (by post or by its link) and the State/UT; Conflict when it was
    answered otherwise since; Refused when a yes names nobody, for a ULB that has ended, or for the baseline,
    which follows from its figures.
    """
    _town(ulb, by, link)
    row = Readiness.objects.select_for_update(of=("self",)).filter(ulb=ulb, fact=fact).first()
    given = (answer, who.strip(), contact.strip(), note.strip())
    stored = row.version if row is not None else 0
    if row is not None and stored > version and given == (row.answer, row.who, row.contact, row.note):
        return row
    if stored != version:
        sent = {"answer": answer, "who": who, "contact": contact, "note": note}
        raise Conflict(
            _("This fact was answered after you opened the page. Compare, then save again."),
            mine=sent,
            theirs={name: getattr(row, name) for name in sent} if row else {},
            both=side_by_side(row or Readiness(), sent),
        )
    if fact is Fact.BASELINE:
        raise Refused(_("Give the baseline figures; the fact follows from them."), code="derived")
    if answer and fact in NEEDS_WHO and not who.strip():
        words = _("Give the name and the designation.")
        raise Refused(words, code="who", fields={"who": [words]})
    row = row or Readiness(state_id=ulb.state_id, ulb=ulb, fact=fact.value)
    row.answer, row.who, row.contact, row.note = given
    row.on, row.by, row.via_link = today(), by, link is not None
    row.version = version + 1
    row.save()
    Ulb.objects.filter(pk=ulb.pk).update(**{COLUMN_OF[fact]: answer})
    keep([row, Ulb.objects.get(pk=ulb.pk)])
    touch(ulb.state_id, moved=Moved.CELLS, ulbs=[ulb.pk])
    record(
        "town.confirm",
        by=by,
        state=ulb.state,
        target=row,
        fact=fact.value,
        answer=answer,
        link=link.pk if link else None,
    )
    return row


def _town(ulb: Ulb, by: Any, link: TownLink | None) -> None:
    """Refuse unless it is the town, by its post or its link, or the State/UT; and nothing is asked of a ULB
    that has ended."""
    if link is not None:
        if link.ulb_id != ulb.pk or not usable(link):
            raise NotAllowed(_("This link is no longer valid. Ask the State/UT's office for a new one."))
    elif "manage_ulbs" not in powers(by, ulb.state_id):
        require(by, "update_town", ulb)
    _goes_on(ulb)


def _goes_on(ulb: Ulb) -> None:
    """Refuse for a ULB that was merged, split or dropped."""
    if ulb.ended:
        told = {"how": ulb.get_ended_display(), "day": show(ulb.ended_on) if ulb.ended_on else ""}
        raise Refused(
            _("This ULB has ended (%(how)s, %(day)s); nothing more is asked of it.") % told, code="ended"
        )


def answer(
    ulb: Ulb,
    fact: Fact,
    data: dict[str, Any],
    *,
    version: int,
    file: Any,
    again: bool = False,
    by: Any,
    link: TownLink | None = None,
) -> TownFile | None:
    """Confirm a fact with its photo or file, if there is one: both are kept or neither. A file that is beside
    the fact already is not stored twice; under another name it is Refused (`there_already`), unless it is to
    be kept `again`. A link is told only of what came by a link since it was made.

    The file is checked and shown to the scanner first; where the scanner says nothing, it waits. One in which
    something is found is not kept; its row says so. Raises what `confirm` raises, and Refused with what is
    wrong with the file.
    """
    row = _arrived(ulb, fact, file, by, link) if file is not None else None
    with store.unless_saved(), transaction.atomic():
        if row is not None and row.status != FileStatus.REFUSED:
            # Before the State/UT's row is locked: a slow store keeps nobody else waiting.
            store.put(row.file, row.name, file)
        confirm(ulb, fact, **data, version=version, by=by, link=link)
        if row is None:
            return None
        there = _sent_before(row, link, again=again)
        if there is None:
            return _stored(row)
        if row.file:
            store.take_back(row.file)
        return there


def _sent_before(row: TownFile, link: TownLink | None, *, again: bool) -> TownFile | None:
    """The same file beside the same fact; of one that is refused, the form that came twice."""
    rows = TownFile.objects.filter(ulb=row.ulb, fact=row.fact)
    if link is not None:
        rows = rows.filter(by=None, at__gte=link.made_at)
    if row.status == FileStatus.REFUSED:
        return rows.filter(sha256=row.sha256, name=row.name, by=row.by, status=row.status).first()
    found: TownFile | None = files.came_before(
        row, rows, says_the_same=files.same_name(row), refusal=files.named_there, again=again
    )
    return found


def _arrived(ulb: Ulb, fact: Fact, file: UploadedFile, by: Any, link: TownLink | None) -> TownFile:
    """A new row for a file that was checked and scanned, before anything is locked or written."""
    _town(ulb, by, link)
    spend_file(file.size, by=by, link=link.pk if link else None)
    checked = check_upload(file)
    row = TownFile(
        state=ulb.state,
        ulb=ulb,
        fact=fact.value,
        **asdict(checked),
        by=by,
    )
    files.see_arrival(row, file)
    return row


@transaction.atomic
def _stored(row: TownFile) -> TownFile:
    row.save()
    state = row.ulb.state
    record("town.file", by=row.by, state=state, target=row, sha256=row.sha256, status=row.status)
    if row.waits:
        files.promise_scan(row, by=row.by)
    return row


@files.told(TownFile)
def moved_on(row: TownFile) -> None:
    """A stored file was accepted or refused."""
    record(f"town.{row.status}", state=row.state, target=row, finding=row.finding)


@transaction.atomic
def make_link(ulb: Ulb, *, to: str = "", address: str, form: UUID | None = None, by: Any) -> str:
    """Make a link by which a town without an account confirms its facts; the secret is given once, and again
    to the same person for the same `form` (`link_of_form`).

    `address` is what stands before the secret. Where `to` is given the link is mailed as well. Raises
    NotAllowed without `manage_ulbs`, Refused for a ULB that has ended.
    """
    require(by, "manage_ulbs", ulb)
    _goes_on(ulb)
    secret = _secret_of(ulb, form, by) if form is not None else secrets.token_urlsafe(32)
    until = timezone.now() + timedelta(days=limits().link_days)
    row = TownLink.objects.create(
        state_id=ulb.state_id, ulb=ulb, digest=_digest(secret), expires_at=until, made_by=by
    )
    record("town.link", by=by, state=ulb.state, target=row, ulb=ulb.pk, until=until.isoformat())
    if to:
        subject, text = letters.asking(ulb, until, address + secret)
        mail.post(f"town-link:{row.pk}", to, subject, text)
    return secret


def link_of_form(ulb: Ulb, form: UUID | None, *, by: Any) -> str | None:
    """The secret of the link that this person made with this form, while it is valid: a form sent twice, or
    a page loaded again, shows it again."""
    require(by, "manage_ulbs", ulb)
    if form is None:
        return None
    secret = _secret_of(ulb, form, by)
    row = TownLink.objects.filter(ulb=ulb, digest=_digest(secret)).select_related("ulb").first()
    return secret if row is not None and usable(row) else None


def _secret_of(ulb: Ulb, form: UUID, by: Any) -> str:
    """Known to who has the form's key and this system's own key, and written down nowhere."""
    seal = salted_hmac("ulbs.town-link", f"{ulb.pk}:{by.pk}:{form}", algorithm="sha256").digest()
    return urlsafe_b64encode(seal).rstrip(b"=").decode()


@transaction.atomic
def revoke_link(link: TownLink, *, by: Any) -> None:
    """End a link at once. Raises NotAllowed without `manage_ulbs`."""
    require(by, "manage_ulbs", link)
    TownLink.objects.filter(pk=link.pk, revoked_at__isnull=True).update(revoked_at=timezone.now())
    record("town.link_end", by=by, state=link.state, target=link)


@scope.national()
def link_for(secret: str) -> TownLink | None:
    """The link with this secret while it is valid; marks that it was used."""
    row = TownLink.objects.filter(digest=_digest(secret)).select_related("ulb__state", "ulb__batch").first()
    if row is None or not usable(row):
        return None
    TownLink.objects.filter(pk=row.pk).update(used_at=timezone.now())
    return row


def trainings_of(parts: Any, day: date) -> list[Event]:
    """The trainings that were held or come on `day` or later, of these rows of who takes part, newest first:
    the recordings are shared with the ULB's employees (deck, recommendations for phase 3, no. 2)."""
    shown = parts.filter(Q(event__closed_on__isnull=False) | Q(event__on__gte=day))
    newest = (
        shown.filter(event__kind=EventKind.TRAINING.value)
        .select_related("event")
        .order_by("-event__on", "-event")[:TRAININGS]
    )
    return [part.event for part in newest]


def rows_of(link: TownLink) -> tuple[Any, Any, Any, Any, list[Event]]:
    """All that a link shows: its own ULB's facts, modules, baseline and trainings, and of files the names of
    those that came by a link since it was made: they are sent, not read."""
    ulb = link.ulb
    return (
        Readiness.objects.filter(ulb=ulb),
        TownFile.objects.filter(ulb=ulb, by=None, at__gte=link.made_at),
        Deployment.objects.filter(ulb=ulb, in_scope=True),
        Figure.objects.filter(ulb=ulb, purpose="baseline"),
        trainings_of(EventUlb.objects.filter(ulb=ulb), today()),
    )


@transaction.atomic
def say_master_data(
    ulb: Ulb, module: str, status: str, *, version: int, by: Any, link: TownLink | None = None
) -> None:
    """A town says how far a module's master data is. Raises NotAllowed, Conflict, Refused."""
    _town(ulb, by, link)
    row = Deployment.objects.filter(ulb=ulb, module=module, in_scope=True).first()
    if row is None:
        raise Refused(_("There is no such module."), code="module")
    save_cell(ulb, module, {"master_data": status}, version=version, by=by, via_link=link is not None)


def usable(link: TownLink) -> bool:
    """Whether a link is neither over nor ended, and its ULB goes on."""
    return link.revoked_at is None and link.expires_at > timezone.now() and not link.ulb.ended


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
