"""`manage.py load_states`: the 36 States/UTs, their offices and the national teams."""

import csv
from pathlib import Path
from typing import Any

from django.db import transaction

from nudm.core import scope
from nudm.core.commands import BaseCommand
from states import access, actions
from states.models import State, Team
from states.rules import PostKind, Role

STATES = Path(__file__).resolve().parents[2] / "data" / "states.csv"


class Command(BaseCommand):
    help = "Load the 36 States/UTs with their vacant posts, and the national teams. Safe to run again."

    @scope.national()
    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        with STATES.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                state, _made = State.objects.update_or_create(
                    lgd_code=int(row.pop("lgd_code")), defaults={**row}
                )
                if not state.teams.filter(role=Role.STATE.value).exists():
                    add_state_office(state)
        if not Team.objects.filter(role=Role.CENTRE.value).exists():
            add_national_teams()
        for team in Team.objects.all():
            access.grant(team, access.served_states(team))
        actions.rights_changed()
        self.stdout.write(f"{State.objects.count()} States/UTs are loaded.")


def add_state_office(state: State) -> Team:
    """The state's office with the posts that the deck names, all vacant."""
    team = actions.make_team(
        Role.STATE,
        f"{state.name} State Office",
        f"{state.name_hi} राज्य कार्यालय",
        state=state,
    )
    actions.add_post(team, PostKind.NODAL_OFFICER, "Nodal Officer", "नोडल अधिकारी")
    actions.add_post(team, PostKind.PROGRAMME_UNIT, "Programme Unit", "कार्यक्रम इकाई")
    return team


def add_national_teams() -> None:
    """NIUA-CDG with its head and two reviewers, and the ministry's reader."""
    centre = actions.make_team(Role.CENTRE, "NIUA-CDG", "एनआईयूए-सीडीजी")
    actions.add_post(centre, PostKind.HEAD, "Head, CDG", "प्रमुख, सीडीजी")
    actions.add_post(centre, PostKind.REVIEWER, "Reviewer", "समीक्षक")
    ministry = actions.make_team(Role.MINISTRY, "MoHUA", "आवासन और शहरी कार्य मंत्रालय")
    actions.add_post(ministry, PostKind.VIEWER, "Mission Directorate", "मिशन निदेशालय")
