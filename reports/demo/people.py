"""Demonstration accounts: one for every kind of post."""

from collections.abc import Callable
from datetime import date

from django.conf import settings
from django.contrib.auth.hashers import make_password

from nudm.accounts.models import User
from nudm.core.dates import today
from states import actions
from states.models import Appointment, Post, State, Team
from states.rules import PostKind, Role, asked_to_confirm
from ulbs.models import Ulb

# Whose nodal officers did not confirm their posts on the last 31 March.
SILENT = {"LD", "NL"}


def appoint_everybody(start: date) -> None:
    """Fill the posts of the demonstration from `start`; one password for all, hashed once."""
    password = make_password(settings.DEMO_PASSWORD)

    def person(email: str, name: str, name_hi: str) -> User:
        found, _made = User.objects.get_or_create(
            email=email, defaults={"name": name, "name_hi": name_hi, "is_demo": True, "password": password}
        )
        return found

    def seat(post: Post, who: User) -> None:
        silent = post.team.state is not None and post.team.state.iso in SILENT
        Appointment.objects.create(
            post=post, person=who, start=start, confirmed_on=None if silent else asked_to_confirm(today())
        )

    centre = Team.objects.get(role=Role.CENTRE.value)
    head = centre.posts.get(kind=PostKind.HEAD.value)
    seat(head, person("centre@demo.nudm", "Head, CDG (demo)", "प्रमुख, सीडीजी (प्रदर्शन)"))
    reviewer = centre.posts.get(kind=PostKind.REVIEWER.value)
    seat(reviewer, person("reviewer@demo.nudm", "Reviewer (demo)", "समीक्षक (प्रदर्शन)"))
    ministry = Post.objects.get(team__role=Role.MINISTRY.value)
    seat(ministry, person("ministry@demo.nudm", "Ministry reader (demo)", "मंत्रालय (प्रदर्शन)"))
    for state in State.objects.all():
        post = Post.objects.get(team__state=state, team__role=Role.STATE.value, kind="nodal_officer")
        name = f"Nodal Officer, {state.name} (demo)"
        seat(
            post,
            person(f"state.{state.iso.lower()}@demo.nudm", name, f"नोडल अधिकारी, {state.name_hi} (प्रदर्शन)"),
        )
    _agency_and_town(person, seat)
    actions.rights_changed()


def _agency_and_town(person: Callable[[str, str, str], User], seat: Callable[[Post, User], None]) -> None:
    served = list(State.objects.filter(iso__in=["KL", "MH"]))
    agency = actions.make_team(Role.AGENCY, "Demonstration Agency", "प्रदर्शन एजेंसी")
    actions.serve(agency, served)
    member = actions.add_post(agency, PostKind.MEMBER, "Project Manager", "परियोजना प्रबंधक")
    seat(member, person("agency@demo.nudm", "Project Manager (demo)", "परियोजना प्रबंधक (प्रदर्शन)"))
    town = Ulb.objects.filter(state__iso="KL", pilot=True).select_related("state")[0]
    office = actions.make_team(
        Role.TOWN, f"{town.name} Office", f"{town.name} कार्यालय", state=town.state, ulb_code=town.lgd_code
    )
    post = actions.add_post(office, PostKind.NODAL_OFFICER, "ULB Nodal Officer", "निकाय नोडल अधिकारी")
    seat(post, person("town.kl@demo.nudm", "ULB Nodal Officer (demo)", "निकाय नोडल अधिकारी (प्रदर्शन)"))
