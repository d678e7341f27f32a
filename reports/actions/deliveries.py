"""What went out by mail: who may see it, how it stands, whether the report was opened in the system."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nudm.core import mail
from nudm.core.errors import NotAllowed
from nudm.core.models import Outbox
from states.access import is_national, standing
from states.actions import record
from states.models import Entry, State

S = Outbox.Status
STATUS_WORDS = {
    S.QUEUED.value: gettext_lazy("Waiting"),
    S.CLAIMED.value: gettext_lazy("Being sent"),
    S.DELIVERING.value: gettext_lazy("Being sent"),
    S.SENT.value: gettext_lazy("Sent"),
    S.UNKNOWN.value: gettext_lazy("Not known whether it arrived"),
    S.FAILED.value: gettext_lazy("Refused by the other side"),
    S.CANCELLED.value: gettext_lazy("Not sent: the reader may no longer receive it"),
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """A mail of a report, and when its reader opened the report here (no tracking in the mail itself)."""

    row: Outbox
    status: str
    opened: datetime | None

    @property
    def words(self) -> str:
        return str(STATUS_WORDS[self.status])


def rows_for(user: Any, status: str = "") -> QuerySet[Outbox]:
    """The mails of reports on the states whose people one manages, newest first."""
    seen = Q(tenant__in=standing(user).states("manage_people"))
    if is_national(user):
        seen |= Q(tenant__isnull=True)
    rows = Outbox.objects.filter(seen, key__startswith="report:").select_related("reader").order_by("-pk")
    return rows.filter(status=status) if status in STATUS_WORDS else rows


def one_for(user: Any, pk: int) -> Outbox:
    """One of them. Raises Http404 for any other."""
    row = rows_for(user).filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def shown(rows: Iterable[Outbox]) -> list[Delivery]:
    """The mails with what is known of each, in one more query."""
    mails = list(rows)
    wanted = {(str(row.key.split(":")[1]), row.reader_id) for row in mails}
    opened: dict[tuple[str, int | None], datetime] = {}
    entries = Entry.objects.filter(
        verb="report.download",
        target="report",
        target_id__in={pk for pk, _reader in wanted},
        actor__in={reader for _pk, reader in wanted if reader},
    )
    for target, actor, at in entries.order_by("-pk").values_list("target_id", "actor_id", "at"):
        opened[target, actor] = at
    return [Delivery(row, row.status, opened.get((row.key.split(":")[1], row.reader_id))) for row in mails]


def settle(row: Outbox, *, arrived: bool, by: Any) -> None:
    """A person says what became of a mail whose fate is unknown."""
    if not standing(by).states("manage_people"):
        raise NotAllowed(_("Your post does not include this act. Ask the holder of the right post to do it."))
    mail.settle(row, arrived=arrived)
    state = State.objects.filter(pk=row.tenant).first() if row.tenant else None
    record("mail.settle", by=by, state=state, target=row, arrived=arrived)
