"""Verbs on people and posts. Each locks what it changes, checks, saves and records."""

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import F, Model, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from nudm.accounts import actions as accounts
from nudm.core import audit, scope
from nudm.core.addresses import cleaned
from nudm.core.dates import show, today
from nudm.core.errors import NotAllowed, Refused
from states import access
from states.chain import digest_of, plain
from states.heads import last_entries, last_entry
from states.holders import locked
from states.models import Appointment, Counter, Entry, Post, State, Team
from states.rules import NATIONAL, POSTS_OF, PostKind, Role
from states.told import told
from states.wrote import taken


@scope.national()
def record(
    verb: str,
    *,
    by: Any = None,
    state: State | None = None,
    target: Model | None = None,
    at: datetime | None = None,
    **data: Any,
) -> Entry:
    """Add one line to the audit log, in the caller's transaction. `data` holds ids and diffs only.

    Call it last: its line covers what the act wrote before. `at` is its moment, where the lines of the past
    are to have the same; now by default.

    It is the system that writes the log, whoever acts: also at sign-in, before anybody has a scope.

    Until that transaction ends, whoever else adds to the chain of the same state waits, as he does after
    `touch`: it is the state's row that is locked. So take the rows that an action changes first, and
    record in the chain of no state last (docs/decisions/0011-audit-chain.md).
    """
    with transaction.atomic(savepoint=False):
        last = last_entry(state.pk if state is not None else None)
        entry = _next(last, verb, by, state, target, data, at)
        entry.save(force_insert=True)
        return entry


@scope.national()
def record_each(verb: str, of: Mapping[State, Mapping[str, Any]], *, by: Any, target: Model) -> None:
    """The same for an act on several states at once: a line in each one's chain, with data of its own."""
    with transaction.atomic(savepoint=False):
        last = last_entries([state.pk for state in of])
        lines = [_next(last[state.pk], verb, by, state, target, data) for state, data in of.items()]
        Entry.objects.bulk_create(lines)


def _next(
    last: tuple[int, str],
    verb: str,
    by: Any,
    state: State | None,
    target: Model | None,
    data: Any,
    at: datetime | None = None,
) -> Entry:
    """The line that follows on a chain's last one, not saved yet."""
    post = access.post_for(by, state) if by is not None else None
    number, previous = last
    values: dict[str, Any] = {
        "number": number + 1,
        "at": at or timezone.now(),
        "actor_id": by.pk if by is not None else None,
        "post_id": post.pk if post is not None else None,
        "state_id": state.pk if state is not None else None,
        "verb": verb,
        "target": target._meta.model_name or "" if target is not None else "",
        "target_id": str(target.pk) if target is not None else "",
        "data": plain({**data, **taken(state.pk if state is not None else None)}),
    }
    return Entry(**values, digest=digest_of(previous, values))


@scope.national()
def record_own(verb: str, *, by: Any, target: Model | None = None, **data: Any) -> Entry:
    """Add a line about an act on one's own account: to the chain of the state in which all of one's posts
    are, else to that of no state."""
    homes = {post.team.state for post in access.held_posts(by)}
    state = homes.pop() if len(homes) == 1 else None
    return record(verb, by=by, state=state, target=target, **data)


def seal() -> Entry:
    """Write the head of every state's chain into the chain of no state, whose head then speaks for all."""
    last = Entry.objects.filter(state=OuterRef("pk")).order_by("-number").values("pk")[:1]
    heads = Entry.objects.filter(pk__in=State.objects.order_by().annotate(last=Subquery(last)).values("last"))
    rows = heads.order_by("state").values_list("state__iso", "number", "digest")
    return record("audit.seal", heads={iso: [number, digest] for iso, number, digest in rows})


class Moved(Enum):
    """What an action moved, by the counters of what stayed as it was.

    The lists of a state's ULBs rest on its ULBs, batches and other names (TOWNS) and on their modules with
    what these and a ULB's answers add up to in its row (CELLS). FACTS moves none of them.
    """

    # Words and no tuples: Python before 3.11.4 takes an empty one for no value at all.
    FACTS = "towns_same cells_same"
    CELLS = "towns_same"
    TOWNS = ""


AFTER_TOUCH: list[Callable[[Sequence[int]], None]] = []


def after_touch(act: Callable[[Sequence[int]], None]) -> None:
    """Have `act` called with the ids of the States/UTs after each `touch` of what is counted, in its
    transaction: an app that stands above others notes there what follows from their facts."""
    if act not in AFTER_TOUCH:
        AFTER_TOUCH.append(act)


def touch(
    *states: State | int,
    moved: Moved = Moved.TOWNS,
    ulbs: Collection[int] = (),
    counted: bool = True,
) -> None:
    """Raise the states' facts version: whatever was remembered under the old one is no longer used, but for
    what rests on none of what `moved`. `ulbs` are the only ones that moved, or whose modules did, where that
    is known: what was counted of the others still stands (`states.told`). `counted` is false for an act that
    changes no count of ULBs, events and posts: on items, records and their files."""
    pks = [state.pk if isinstance(state, State) else state for state in states]
    risen: dict[str, Any] = {name: F(name) + 1 for name in ("facts_version", *moved.value.split())}
    State.objects.filter(pk__in=pks).update(**risen, **told(ulbs))
    for act in AFTER_TOUCH if counted else ():
        act(pks)


def rights_changed() -> None:
    """Another version under which people's standings are remembered. It is drawn and not counted: a number
    that a transaction took back with it is never used again."""
    Counter.objects.update_or_create(pk="people", defaults={"value": secrets.randbits(62)})


@transaction.atomic
def make_team(
    role: Role,
    name: str,
    name_hi: str = "",
    *,
    state: State | None = None,
    ulb_code: int | None = None,
) -> Team:
    """Create a team with its group and grant it what its role may do: on its own state, or on all for a
    national team. An agency starts with no state; `serve` gives it some."""
    group = Group.objects.create(name=f"{role}:{state.iso if state else 'IN'}:{name}"[:150])
    team = Team.objects.create(
        group=group,
        role=role.value,
        name=name,
        name_hi=name_hi,
        state=state,
        ulb_code=ulb_code,
    )
    if role in NATIONAL:
        access.grant(team, State.objects.all())
    elif state is not None:
        access.grant(team, State.objects.filter(pk=state.pk))
    rights_changed()
    return team


@transaction.atomic
def serve(team: Team, states: list[State], *, by: Any = None) -> None:
    """Set the states that a team serves; those no longer named end at once."""
    access.grant(team, State.objects.filter(pk__in=[state.pk for state in states]))
    rights_changed()
    record(
        "team.serve",
        by=by,
        state=team.state,
        target=team,
        states=[state.iso for state in states],
    )


@transaction.atomic
def add_post(team: Team, kind: PostKind, title: str, title_hi: str = "", *, by: Any = None) -> Post:
    """Add a post to a team. Raises Refused when the team's role has no such kind of post."""
    if kind not in POSTS_OF[Role(team.role)]:
        raise Refused(
            _("This team has no such kind of post. Choose one of those offered."),
            code="post_kind",
        )
    post = Post.objects.create(team=team, kind=kind.value, title=title, title_hi=title_hi)
    record("post.add", by=by, state=team.state, target=post, kind=kind.value)
    return post


def person_for(email: str, name: str) -> Any:
    """The account with this e-mail address; made, without a password, when there is none.

    A person without a password sets the first one by the same link as a forgotten one.
    """
    people = get_user_model()
    found = people._default_manager.filter(email__iexact=cleaned(email)).first()
    return found or people.objects.create_user(email=email, name=name)  # type: ignore[attr-defined]


@transaction.atomic
def appoint(
    post: Post, person: Any, start: date, *, by: Any = None, order_number: str = "", saw: str | None = None
) -> Appointment:
    """Appoint `person` to `post` from `start` (a day in IST).

    Raises Conflict when its holders are not what `saw` says (`held_by`), Refused when somebody holds the post
    on that day or later: hand over instead, so that no day has two holders.
    """
    locked(post, saw, {person.name: show(start)})
    taken = (
        Appointment.objects.filter(post=post)
        .filter(Q(until__isnull=True) | Q(until__gt=start))
        .select_related("person")
        .first()
    )
    if taken is not None:
        raise Refused(
            _("%(person)s holds this post since %(since)s. Hand the post over, or relieve first.")
            % {"person": taken.person.name, "since": show(taken.start)},
            code="post_held",
        )
    made = Appointment.objects.create(post=post, person=person, start=start, order_number=order_number)
    _people_moved(post, "post.appoint", by, made, person=person.pk, start=start.isoformat())
    return made


@transaction.atomic
def relieve(appointment: Appointment, on: date, *, by: Any = None, saw: str | None = None) -> Appointment:
    """End an appointment: from `on`, that day included, the person has no access by it.

    Raises Conflict as `appoint` does, Refused when it has ended already or `on` lies before its start.
    """
    locked(appointment.post, saw, {appointment.person.name: show(on)})
    row = (
        Appointment.objects.select_for_update(of=("self",))
        .select_related("post__team__state", "person")
        .get(pk=appointment.pk)
    )
    if row.until is not None and row.until <= today():
        raise Refused(
            _("This appointment ended on %(day)s.") % {"day": show(row.until)},
            code="ended",
        )
    if on < row.start:
        raise Refused(
            _("The day of relief (%(on)s) lies before the day of appointment (%(start)s).")
            % {"on": show(on), "start": show(row.start)},
            code="date_order",
            fields={"on": [_("Give a day on or after %(start)s.") % {"start": show(row.start)}]},
        )
    row.until = on
    row.save(update_fields=["until"])
    if on <= today():
        # An end in the future is seen when it has come (`states.sign_in.relieved_since`).
        accounts.end_tokens(row.person)
    _people_moved(row.post, "post.relieve", by, row, person=row.person_id, until=on.isoformat())
    return row


@transaction.atomic
def hand_over(post: Post, person: Any, on: date, *, saw: str | None = None, **how: Any) -> Appointment:
    """Relieve the holder and appoint `person` on the same day.

    Drafts and open items belong to the post, so they are on the successor's desk that day. Conflict as above.
    """
    locked(post, saw, {person.name: show(on)})
    if (holder := Appointment.objects.filter(post=post, until__isnull=True).first()) is not None:
        if holder.person_id == person.pk:
            raise Refused(_("This person holds the post already."), code="same_person")
        relieve(holder, on, by=how.get("by"))
    return appoint(post, person, on, **how)


@transaction.atomic
def forget_code(appointment: Appointment, *, by: Any) -> None:
    """Take the authenticator app off a holder's account, who has lost it; all sessions end.

    Only by somebody who may appoint to every post that the holder has, and is not the holder: a code that
    protects the nation is not taken off by a state. Raises NotAllowed or Http404 otherwise.
    """
    person = appointment.person
    # Also those out of the reach of who asks.
    with scope.national():
        posts = access.held_posts(person)
    for post in posts:
        access.require(by, "manage_people", post)
    if person == by:
        raise NotAllowed(_("Your own app is taken off on your account page, or by somebody else."))
    forget_code_of(person, by=by, state=appointment.post.team.state)


@transaction.atomic
def forget_code_of(person: Any, *, by: Any = None, state: State | None = None) -> None:
    """What `forget_code` does, for whoever has the right to; without `by` it is the operator."""
    accounts.forget_code(person)
    person.sign_out_everywhere()
    record("account.code_forget", by=by, state=state, target=person)


def _people_moved(post: Post, verb: str, by: Any, row: Appointment, **data: Any) -> None:
    rights_changed()
    if post.team.state_id is not None:
        touch(post.team.state_id, moved=Moved.FACTS)
    record(verb, by=by, state=post.team.state, target=row, post=post.pk, **data)


audit.KEEPERS.append(record_own)
