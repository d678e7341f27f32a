"""Who may see what, and who may do what. The only place that decides or speaks to guardian.

People act by holding a post today. A post sits in a team; a team is one `auth.Group`; guardian holds
what that group may do on each State. Missing means no: nothing here returns more because an argument
was absent. A neighbour's row does not exist (404); your own row without the power is refused (403).
"""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.db.models import Model, Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from nudm.core import scope, wall
from nudm.core.dates import today
from nudm.core.errors import NotAllowed
from states.models import Appointment, Post, State, StateGroupObjectPermission, Team
from states.rules import Role, asked_to_confirm, is_confirmed
from states.versions import versions

GRANTS: dict[Role, frozenset[str]] = {
    Role.CENTRE: frozenset(
        {
            "view_state",
            "review_item",
            "close_stage",
            "manage_people",
            "manage_register",
            "record_review",
            "read_audit",
        }
    ),
    Role.MINISTRY: frozenset({"view_state"}),
    Role.STATE: frozenset(
        {
            "view_state",
            "update_checklist",
            "submit_item",
            "attach_evidence",
            "manage_ulbs",
            "manage_register",
            "update_rollout",
            "record_review",
            "manage_people",
        }
    ),
    Role.AGENCY: frozenset({"view_state", "update_checklist", "update_rollout", "attach_evidence"}),
    Role.TOWN: frozenset({"update_town", "attach_evidence"}),
}
PERMISSIONS = frozenset().union(*GRANTS.values())
# How a path from what belongs to a post ends at the person who holds it.
HOLDER = "__appointments__person"
# What a hand changes in the database, past all actions, counts within this time.
KEPT_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person holds on a day: posts, powers by state id, the ULBs of town posts, and the ids of the
    appointments that are to be confirmed (each 31 March). `versions` are those of
    people's rights and of all states' facts when it was asked: what is read afterwards may be remembered
    under them; somebody who is not signed in has none."""

    posts: tuple[Post, ...] = ()
    powers: tuple[tuple[int, frozenset[str]], ...] = ()
    national: bool = False
    ulb_codes: frozenset[int] = frozenset()
    unconfirmed: tuple[int, ...] = ()
    versions: tuple[int, ...] = field(default=(), compare=False)

    def on(self, state_id: int | None) -> frozenset[str]:
        """The powers on one state; none for a state that is not among them."""
        return dict(self.powers).get(state_id, frozenset()) if state_id is not None else frozenset()

    def states(self, permission: str = "view_state") -> list[int]:
        """The ids of the states on which the person has `permission`."""
        return [state_id for state_id, held in self.powers if permission in held]

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(post.team.role for post in self.posts)


NOBODY = Standing()


def standing(user: Any) -> Standing:
    """What `user` holds today, through all posts or through the one chosen for this session.

    Remembered under the version of people's rights, which rises in the transaction of every
    appointment and grant; a person without an account, or an inactive one, holds nothing.
    """
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return NOBODY
    chosen = getattr(user, "acting_post_id", None)
    held: tuple[int | None, Standing] | None = user.__dict__.get("_standing")
    if held is None or held[0] != chosen:
        held = (chosen, _look_up(user, chosen))
        user.__dict__["_standing"] = held
    return held[1]


@scope.answers
def reach(user: Any) -> scope.Reach:
    """What the database itself lets through for `user`: the states of which they hold any power at all.

    A town office's is its whole state; `visible` narrows it to the town.
    """
    held = standing(user)
    role = wall.NATIONAL if held.national else wall.STATE
    return scope.Reach(role, tuple(state_id for state_id, _powers in held.powers), user.pk)


def forget(user: Any) -> None:
    """Ask the database again at the next question: a long-lived process calls this before it acts."""
    user.__dict__.pop("_standing", None)


def _look_up(user: Any, chosen: int | None) -> Standing:
    """The version first, what it stands for afterwards: what is remembered is never older than its name."""
    now = versions()
    key = f"standing:{user.pk}:{chosen}:{now[0]}:{today()}"
    held: Standing | None = cache.get(key)
    if held is None:
        held = _made(user, chosen)
        cache.set(key, held, KEPT_SECONDS)
    return replace(held, versions=now)


def _made(user: Any, chosen: int | None) -> Standing:
    appointments = list(appointments_on(today()).filter(person=user))
    posts = tuple(appointment.post for appointment in appointments)
    asked = tuple(a.pk for a in appointments if not is_confirmed(today(), a.start, a.confirmed_on))
    acting = tuple(post for post in posts if post.pk == chosen) or posts
    codes = (post.team.ulb_code for post in acting if post.team.role == Role.TOWN)
    return Standing(
        posts=posts,
        powers=_powers_of({post.team.group_id for post in acting}),
        national=any(post.team.is_national for post in acting),
        ulb_codes=frozenset(code for code in codes if code is not None),
        unconfirmed=asked,
    )


def _powers_of(groups: set[int]) -> tuple[tuple[int, frozenset[str]], ...]:
    """What the groups may do, by state id."""
    powers: dict[int, set[str]] = {}
    granted = StateGroupObjectPermission.objects.filter(group_id__in=groups)
    for state_id, codename in granted.values_list("content_object_id", "permission__codename"):
        powers.setdefault(state_id, set()).add(codename)
    return tuple((pk, frozenset(held)) for pk, held in sorted(powers.items()))


def appointments_on(day: Any) -> QuerySet[Appointment]:
    """The appointments in force on `day`; `until` is exclusive."""
    return (
        Appointment.objects.filter(Q(until__isnull=True) | Q(until__gt=day), start__lte=day)
        .select_related("post__team__state")
        .order_by("pk")
    )


def holders_on(day: date) -> QuerySet[Appointment]:
    """The appointments in force on `day` by which somebody can act: a post whose holder's account is switched
    off is vacant."""
    return appointments_on(day).filter(person__is_active=True)


def unconfirmed_on(day: date) -> QuerySet[Appointment]:
    """The appointments in force on `day` that nobody has confirmed since the last 31 March."""
    asked = asked_to_confirm(day)
    late = Q(confirmed_on__isnull=True) | Q(confirmed_on__lt=asked)
    return appointments_on(day).filter(late, start__lt=asked)


def held_posts(user: Any) -> tuple[Post, ...]:
    """Every post that the person holds today, whichever is chosen for the session."""
    return standing(user).posts


def acting_post(user: Any) -> Post | None:
    """The post chosen for this session, when it is still held."""
    chosen = getattr(user, "acting_post_id", None)
    return next((post for post in held_posts(user) if post.pk == chosen), None)


def post_for(user: Any, state: State | None) -> Post | None:
    """The post by which the person acts on `state`: the chosen one, else the first with powers there.

    With several posts on one state the first held counts; choosing a post settles it.
    """
    posts = held_posts(user)
    chosen = acting_post(user)
    if chosen is not None:
        return chosen
    home = [p for p in posts if state is not None and p.team.state_id == state.pk]
    wide = [p for p in posts if p.team.state_id is None]
    return next(iter(home + wide), None)


def is_national(user: Any) -> bool:
    """Whether the person reads all states (centre or ministry)."""
    return standing(user).national


def powers(user: Any, state: State | int | None) -> frozenset[str]:
    """The permissions that the person has on `state`: ask once a page, then use plain membership."""
    return standing(user).on(state.pk if isinstance(state, State) else state)


def visible(model: type[Model], user: Any) -> QuerySet[Any]:
    """The rows of `model` that exist for this person; every page, export, mail and file starts here.

    A model says its path to the tenant (`state_path`). Rows without a state are seen by national
    teams only (`national_rows`). A town office sees its own ULB's rows (`town_path`), nothing else. What
    belongs to a post (`desk_path`, `person_path`) exists for its holder wherever the team is: an agency's is
    in no state.
    """
    held = standing(user)
    path: str | None = model.state_path  # type: ignore[attr-defined]
    rows = model._default_manager.all()
    if path is None:
        return rows.none()
    seen = Q(**{f"{path}__in": held.states()})
    if held.national and getattr(model, "national_rows", False):
        seen |= Q(**{f"{path}__isnull": True})
    town_path = getattr(model, "town_path", None)
    if held.ulb_codes and town_path:
        seen |= Q(**{f"{town_path}__in": held.ulb_codes})
    desk: str = getattr(model, "desk_path", "")
    if held.posts and desk.endswith(HOLDER):
        seen |= Q(**{f"{desk.removesuffix(HOLDER)}__in": [post.pk for post in held.posts]})
    if held.posts and (own := getattr(model, "person_path", None)):
        seen |= Q(**{own: user.pk})
    return rows.filter(seen)


def require(user: Any, permission: str, row: Model) -> None:
    """Refuse unless the person may do `permission` on `row`.

    Raises Http404 when the row does not exist for the person, NotAllowed when it does but the
    power is missing.
    """
    if permission not in PERMISSIONS:
        raise ValueError(f"unknown permission {permission!r}")
    held = standing(user)
    state_id = _follow(row, row.state_path)  # type: ignore[attr-defined]
    if not _exists_for(held, row, state_id):
        raise Http404
    if state_id is None:
        allowed = held.national and any(permission in GRANTS[Role(role)] for role in held.roles)
    else:
        allowed = permission in held.on(state_id)
    if not allowed:
        raise NotAllowed(_("Your post does not include this act. Ask the holder of the right post to do it."))


def _exists_for(held: Standing, row: Model, state_id: int | None) -> bool:
    if state_id is None:
        return held.national and bool(getattr(row, "national_rows", False))
    if "view_state" in held.on(state_id):
        return True
    town_path: str | None = getattr(row, "town_path", None)
    return town_path is not None and _follow(row, town_path) in held.ulb_codes


def _follow(row: Any, path: str) -> Any:
    for step in path.split("__"):
        if row is None:
            return None
        row = getattr(row, step)
    return row.pk if isinstance(row, Model) else row


def grant(team: Team, states: QuerySet[State]) -> None:
    """Give a team's group what its role may do on each of `states`, and nothing on any other."""
    wanted = {
        (state_id, permission)
        for state_id in states.values_list("pk", flat=True)
        for permission in Permission.objects.filter(
            content_type__app_label="states", codename__in=GRANTS[Role(team.role)]
        ).values_list("pk", flat=True)
    }
    rows = StateGroupObjectPermission.objects.filter(group_id=team.group_id)
    have = {(row.content_object_id, row.permission_id): row.pk for row in rows}
    rows.filter(pk__in=[pk for key, pk in have.items() if key not in wanted]).delete()
    StateGroupObjectPermission.objects.bulk_create(
        StateGroupObjectPermission(
            content_object_id=state_id, permission_id=permission, group_id=team.group_id
        )
        for state_id, permission in sorted(wanted - have.keys())
    )


def served_states(team: Team) -> QuerySet[State]:
    """The states on which a team has been granted anything."""
    granted = StateGroupObjectPermission.objects.filter(group_id=team.group_id)
    return State.objects.filter(pk__in=granted.values("content_object_id"))
