"""Demonstration accounts: one for every kind of post."""

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


class Seats:
    """Whoever fills the posts of the demonstration from `start`; one password for all, hashed once."""

    def __init__(self, start: date) -> None:
        self.start, self.password = start, make_password(settings.DEMO_PASSWORD)

    def fill(self) -> None:
        """The posts of the centre, the ministry, the States/UTs and an agency."""
        centre = Team.objects.get(role=Role.CENTRE.value)
        head = centre.posts.get(kind=PostKind.HEAD.value)
        self._seat(head, "centre", "Head, CDG (demo)", "प्रमुख, सीडीजी (प्रदर्शन)")
        reviewer = centre.posts.get(kind=PostKind.REVIEWER.value)
        self._seat(reviewer, "reviewer", "Reviewer (demo)", "समीक्षक (प्रदर्शन)")
        ministry = Post.objects.get(team__role=Role.MINISTRY.value)
        self._seat(ministry, "ministry", "Ministry reader (demo)", "मंत्रालय (प्रदर्शन)")
        for state in State.objects.all():
            post = Post.objects.get(team__state=state, team__role=Role.STATE.value, kind="nodal_officer")
            name, name_hi = f"Nodal Officer, {state.name} (demo)", f"नोडल अधिकारी, {state.name_hi} (प्रदर्शन)"
            self._seat(post, f"state.{state.iso.lower()}", name, name_hi)
            unit = post.team.posts.get(kind=PostKind.PROGRAMME_UNIT.value)
            name, name_hi = f"Programme Unit, {state.name} (demo)", f"कार्यक्रम इकाई, {state.name_hi} (प्रदर्शन)"
            self._seat(unit, f"unit.{state.iso.lower()}", name, name_hi)
            dtl = actions.add_post(post.team, PostKind.DTL, "DTL", "डीटीएल")
            name, name_hi = f"DTL, {state.name} (demo)", f"डीटीएल, {state.name_hi} (प्रदर्शन)"
            self._seat(dtl, f"dtl.{state.iso.lower()}", name, name_hi)
        agency = actions.make_team(Role.AGENCY, "Demonstration Agency", "प्रदर्शन एजेंसी")
        actions.serve(agency, list(State.objects.filter(iso__in=["KL", "MH"])))
        member = actions.add_post(agency, PostKind.MEMBER, "Project Manager", "परियोजना प्रबंधक")
        self._seat(member, "agency", "Project Manager (demo)", "परियोजना प्रबंधक (प्रदर्शन)")
        actions.rights_changed()

    def open_town_office(self) -> None:
        """In one of Kerala's pilots."""
        town = Ulb.objects.filter(state__iso="KL", pilot=True).select_related("state")[0]
        office = actions.make_team(
            Role.TOWN, f"{town.name} Office", f"{town.name} कार्यालय", state=town.state, ulb_code=town.lgd_code
        )
        post = actions.add_post(office, PostKind.NODAL_OFFICER, "ULB Nodal Officer", "निकाय नोडल अधिकारी")
        self._seat(post, "town.kl", "ULB Nodal Officer (demo)", "निकाय नोडल अधिकारी (प्रदर्शन)")
        actions.rights_changed()

    def _seat(self, post: Post, account: str, name: str, name_hi: str) -> None:
        told = {"name": name, "name_hi": name_hi, "is_demo": True, "password": self.password}
        who, _made = User.objects.get_or_create(email=f"{account}@demo.nudm", defaults=told)
        silent = post.team.state is not None and post.team.state.iso in SILENT
        confirmed = None if silent else asked_to_confirm(today())
        Appointment.objects.create(post=post, person=who, start=self.start, confirmed_on=confirmed)
