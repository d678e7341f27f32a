"""What every page's frame needs: who is here, by which post, and where they can go."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from states import access
from states.rules import Role


def standing(request: HttpRequest) -> dict[str, Any]:
    """`person`, `posts`, `acting_post` and `nav` for the header, whether one `manages` people anywhere and
    whether one is at the `centre`; empty for a visitor."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"person": None, "posts": (), "acting_post": None, "nav": []}
    held = access.standing(user)
    return {
        "person": user,
        "posts": access.held_posts(user),
        "acting_post": access.acting_post(user),
        "nav": _nav(request.path, held),
        "manages": bool(held.states("manage_people")),
        "centre": Role.CENTRE in held.roles,
    }


def _nav(path: str, held: access.Standing) -> list[dict[str, Any]]:
    roles = held.roles
    states = held.states()
    links: list[tuple[str, str]] = []
    home = _home(held) if len(states) == 1 else None
    if held.national:
        links.append((_("National"), "/"))
    elif home is not None:
        links.append((_("My State/UT"), reverse("state", args=[home])))
        links.append((_("Towns"), reverse("ulbs:list", args=[home])))
        links.append((_("Evidence"), reverse("phases:evidence", args=[home])))
    elif states:
        links.append((_("My States/UTs"), "/"))
    if Role.CENTRE in roles:
        links.append((_("Review"), reverse("phases:review")))
        links.append((_("Left out"), reverse("ulbs:exclusions_national")))
        links.append((_("Import"), reverse("ulbs:import_national")))
    if states:
        links.append((_("Reports"), reverse("reports:list")))
    elif held.posts:
        links.append((_("Inbox"), reverse("reports:inbox")))
    if held.states("manage_people"):
        links.append((_("People"), reverse("states:people")))
    return [
        {
            "label": label,
            "url": url,
            "current": path == url or (url != "/" and path.startswith(url)),
        }
        for label, url in links
    ]


def _home(held: access.Standing) -> str | None:
    return next((post.team.state.iso for post in held.posts if post.team.state is not None), None)
