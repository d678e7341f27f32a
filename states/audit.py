"""What the auditor reads: the log by filters, and who had access when. One definition for page and file."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from nudm.core.dates import day_of, show, show_time
from nudm.core.errors import NotAllowed
from states import access
from states.models import Appointment, Entry, State
from states.past import end_of
from states.rules import NATIONAL, had_access
from states.verify import NATION
from states.words import verb_words

SHOWN_DIGITS = 12
Cells = list[str]


def require_auditor(user: Any) -> None:
    """Raises NotAllowed without `read_audit`."""
    if not access.standing(user).states("read_audit"):
        raise NotAllowed(_("The audit log is read by the centre."))


def entries(user: Any, asked: Mapping[str, Any]) -> QuerySet[Entry]:
    """The lines of the log that the person may read and that fit what is asked, the newest first.

    `asked`: `state` (an ISO code, or `IN` for the lines of no state), `person` (part of a name or
    address), `verb`, `start` and `end` (days in IST), `row` (`item` or `item 12`). Raises NotAllowed
    without `read_audit`.
    """
    require_auditor(user)
    held = access.standing(user).states("read_audit")
    rows = access.visible(Entry, user).filter(Q(state__in=held) | Q(state__isnull=True))
    state, person, row = (asked.get(name) or "" for name in ("state", "person", "row"))
    if state:
        rows = rows.filter(state__isnull=True) if state == NATION else rows.filter(state__iso=state)
    if person:
        names = ("name", "name_hi", "email")
        rows = rows.filter(_any(Q(**{f"actor__{name}__icontains": person}) for name in names))
    if asked.get("verb"):
        rows = rows.filter(verb=asked["verb"])
    if asked.get("start"):
        rows = rows.filter(at__gte=end_of(asked["start"] - timedelta(days=1)))
    if asked.get("end"):
        rows = rows.filter(at__lt=end_of(asked["end"]))
    for field, value in zip(("target", "target_id"), row.lower().split(), strict=False):
        rows = rows.filter(**{field: value})
    return rows.select_related("actor", "post__team", "state").order_by("-pk")


def entry_labels() -> Cells:
    """The headings of the log."""
    return [
        _("No."),
        _("When"),
        _("Who"),
        _("As"),
        _("State/UT"),
        _("What"),
        _("Row"),
        _("Details"),
        "SHA-256",
    ]


def entry_cells(entry: Entry) -> Cells:
    """One line of the log, in the reader's language; its digest by the first digits."""
    return [
        f"{entry.state.iso if entry.state else NATION} {entry.number}",
        show_time(entry.at),
        entry.actor.label if entry.actor else _("the system"),
        str(entry.post or ""),
        entry.state.label if entry.state else "",
        verb_words(entry.verb),
        f"{entry.target} {entry.target_id}".strip(),
        "; ".join(f"{name}: {_value(value)}" for name, value in entry.data.items()),
        entry.digest[:SHOWN_DIGITS],
    ]


def holder_labels() -> Cells:
    """The headings of who had access."""
    return [_("Person"), _("Post"), _("Team"), _("From"), _("Until"), _("Remark")]


def holders(user: Any, state: State, day: date) -> list[Cells]:
    """Who had access to a state on `day` (in IST), by which post, from when until when.

    The teams are the state's own, those that served it that day by the log, and the national ones. An
    end that was entered afterwards counts from its entry: until then the person had access. Raises
    NotAllowed without `read_audit`.
    """
    require_auditor(user)
    team = "post__team"
    rows = access.visible(Appointment, user).filter(
        Q(**{f"{team}__state": state})
        | Q(**{f"{team}__role__in": NATIONAL})
        | Q(**{f"{team}__in": _serving(user, state, day)}),
        start__lte=day,
    )
    found = list(rows.select_related("person", "post__team").order_by("post__team__role", "post", "start"))
    told = _told(user, found)
    return [
        [
            row.person.label,
            row.post.label,
            row.post.team.label,
            show(row.start),
            show(row.until) if row.until else "",
            _remark(row, told),
        ]
        for row in found
        if had_access(day, row.start, row.until, _day(told.get(("post.relieve", str(row.pk)))))
    ]


def _any(tests: Iterable[Q]) -> Q:
    found = Q()
    for test in tests:
        found |= test
    return found


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _serving(user: Any, state: State, day: date) -> list[int]:
    """The teams that served a state at the end of a day, by the last line about each up to then."""
    rows = access.visible(Entry, user).filter(verb="team.serve", at__lt=end_of(day)).order_by("pk")
    last = dict(rows.values_list("target_id", "data"))
    return [int(team) for team, data in last.items() if state.iso in data["states"]]


def _told(user: Any, rows: Iterable[Appointment]) -> dict[tuple[str, str], datetime]:
    """When appointments and their ends were entered, by verb and appointment."""
    ids = [str(row.pk) for row in rows]
    lines = access.visible(Entry, user).filter(target="appointment", target_id__in=ids).order_by("pk")
    return {(verb, pk): at for verb, pk, at in lines.values_list("verb", "target_id", "at")}


def _day(at: datetime | None) -> date | None:
    return day_of(at) if at is not None else None


def _remark(row: Appointment, told: Mapping[tuple[str, str], datetime]) -> str:
    begun, ended = (told.get((verb, str(row.pk))) for verb in ("post.appoint", "post.relieve"))
    remarks = []
    if begun is not None and day_of(begun) > row.start:
        remarks.append(_("entered on %(moment)s") % {"moment": show_time(begun)})
    if ended is not None and row.until is not None and day_of(ended) >= row.until:
        remarks.append(_("end entered on %(moment)s") % {"moment": show_time(ended)})
    return "; ".join(remarks)
