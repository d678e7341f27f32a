"""What the auditor reads: the log by filters, and who had access when. One definition for page and file."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from nudm.accounts.models import User
from nudm.core.dates import day_of, show_time
from nudm.core.errors import NotAllowed
from nudm.core.search import holds
from nudm.core.tables import Column
from states import access
from states.models import Appointment, Entry, Post, State
from states.past import end_of
from states.rules import NATIONAL, had_access
from states.verify import NATION
from states.words import verb_words
from states.wrote import WROTE

SHOWN_DIGITS = 12
PLAIN: dict[str, Any] = {"sort": False, "width": 24}
HEAD: dict[str, Any] = {"sort": False, "head": True}


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
        rows = rows.filter(holds(person, "actor__name", "actor__name_hi", "actor__email"))
    if asked.get("verb"):
        rows = rows.filter(verb=asked["verb"])
    if asked.get("start"):
        rows = rows.filter(at__gte=end_of(asked["start"] - timedelta(days=1)))
    if asked.get("end"):
        rows = rows.filter(at__lt=end_of(asked["end"]))
    for field, value in zip(("target", "target_id"), row.lower().split(), strict=False):
        rows = rows.filter(**{field: value})
    return rows.select_related("actor", "post__team", "state").order_by("-pk")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the log as the columns read it, without an object of the database for each."""

    number: int
    at: datetime
    actor: User | None
    post: Post | None
    state: State | None
    verb: str
    target: str
    target_id: str
    data: Mapping[str, Any]
    digest: str


def all_lines(rows: QuerySet[Entry]) -> Iterator[Line]:
    """Every line of a log of any length, read in pieces: people, posts and States/UTs are looked up once."""
    people = {row.pk: row for row in User.objects.only("name", "name_hi", "email")}
    posts = {row.pk: row for row in Post.objects.select_related("team")}
    states = {row.pk: row for row in State.objects.all()}
    names = (
        "number",
        "at",
        "actor_id",
        "post_id",
        "state_id",
        "verb",
        "target",
        "target_id",
        "data",
        "digest",
    )
    for number, at, actor, post, state, *rest in rows.values_list(*names).iterator(chunk_size=2000):
        yield Line(number, at, people.get(actor), posts.get(post), states.get(state), *rest)


def entry_columns() -> list[Column]:
    """The columns of the log; a digest is shown by its first digits."""
    return [
        Column("", _("No."), lambda row: f"{row.state.iso if row.state else NATION} {row.number}", **HEAD),
        Column("", _("When"), lambda row: show_time(row.at), sort=False, css="nowrap", width=18),
        Column("", _("Who"), lambda row: row.actor.label if row.actor else _("the system"), **PLAIN),
        Column("", _("As"), lambda row: str(row.post or ""), **PLAIN),
        Column("", _("State/UT"), lambda row: row.state.label if row.state else "", **PLAIN),
        Column("", _("What"), lambda row: verb_words(row.verb), **PLAIN),
        Column("", _("Row"), lambda row: f"{row.target} {row.target_id}".strip(), **PLAIN),
        Column("", _("Details"), _details, **PLAIN),
        Column("", "SHA-256", lambda row: row.digest[:SHOWN_DIGITS], **PLAIN),
    ]


def holder_columns() -> list[Column]:
    """The columns of who had access."""
    return [
        Column("", _("Person"), lambda row: row.person.label, **HEAD),
        Column("", _("Post"), lambda row: row.post.label, **PLAIN),
        Column("", _("Team"), lambda row: row.post.team.label, **PLAIN),
        Column("", _("From"), lambda row: row.start, **PLAIN),
        Column("", _("Until"), lambda row: row.until, **PLAIN),
        Column("", _("Remark"), lambda row: row.remark, **PLAIN),
    ]


def holders(user: Any, state: State, day: date) -> list[Appointment]:
    """The appointments that gave access to a state on `day` (in IST), each with a `remark`.

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
    found: list[Any] = list(rows.select_related("person", team).order_by(f"{team}__role", "post", "start"))
    told = _told(user, found)
    for row in found:
        row.begun, row.ended = (told.get((verb, str(row.pk))) for verb in ("post.appoint", "post.relieve"))
        row.remark = _remark(row)
    return [row for row in found if had_access(day, row.start, row.until, row.ended and day_of(row.ended))]


def _details(entry: Entry) -> str:
    return "; ".join(
        f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in entry.data.items()
        if name != WROTE
    )


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


def _remark(row: Any) -> str:
    remarks = []
    if row.begun is not None and day_of(row.begun) > row.start:
        remarks.append(_("entered on %(moment)s") % {"moment": show_time(row.begun)})
    if row.ended is not None and row.until is not None and day_of(row.ended) >= row.until:
        remarks.append(_("end entered on %(moment)s") % {"moment": show_time(row.ended)})
    return "; ".join(remarks)
