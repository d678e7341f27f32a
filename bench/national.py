"""The national data set: 36 states, 4,814 towns in the proportions of March 2022, two years of milestones."""

from datetime import timedelta
from io import StringIO

from django.core.management import call_command
from django.test import Client

from nudm.accounts.models import User
from nudm.core.dates import today
from phases.models import Item
from states.actions import serve, touch
from states.models import State
from ulbs.actions.rollout import roll_up
from ulbs.models import Deployment, Ulb

TOWNS = {
    "JK": 80, "HP": 68, "PB": 169, "CH": 1, "UK": 111, "HR": 94, "DL": 5, "RJ": 216, "UP": 763, "BR": 252,
    "SK": 7, "AR": 19, "NL": 39, "MN": 27, "MZ": 23, "TR": 20, "ML": 12, "AS": 102, "WB": 129, "JH": 51,
    "OD": 114, "CG": 169, "MP": 413, "GJ": 166, "MH": 406, "AP": 120, "KA": 315, "GA": 14, "LD": 0, "KL": 94,
    "TN": 661, "PY": 5, "AN": 1, "TS": 143, "LA": 2, "DH": 3,
}  # fmt: skip


class People:
    """Ordinary officers of the national set."""

    emails = {
        "ministry": "ministry@demo.nudm",
        "reviewer": "reviewer@demo.nudm",
        "nodal": "state.up@demo.nudm",
        "agency": "agency@demo.nudm",
    }

    def client(self, who: str) -> Client:
        client = Client()
        person = User.objects.get(email=self.emails[who])
        client.force_login(person, backend="nudm.accounts.backends.EmailBackend")
        return client

    def touch(self) -> None:
        """Something changed in one state."""
        touch(State.objects.get(iso="GA"))

    def item(self) -> Item:
        """A line of Uttar Pradesh that its nodal officer may submit and withdraw."""
        lines = Item.objects.filter(state__iso="UP").select_related("state")
        return next(item for item in lines if item.status in {"in_progress", "under_review"})


STEPS = (
    "started_on",
    "validated_on",
    "configured_on",
    "uat_planned_on",
    "trained_on",
    "uat_signed_on",
    "live_on",
)


def story(towns: list[Ulb]) -> None:
    """Three modules in each town, as far as its place in the list says."""
    cells = []
    for n, ulb in enumerate(towns):
        for m, module in enumerate(("PGR", "MCOLLECT", "PT")):
            cell = Deployment(state_id=ulb.state_id, ulb=ulb, module=module, version=1)
            for k, name in enumerate(STEPS[: n % 8]):
                setattr(cell, name, today() - timedelta(days=10 + (n * 7) % 600 - k - m))
            cell.master_data = ("not_started", "collecting", "validated")[min(n % 8, 2)]
            cells.append(cell)
    Deployment.objects.bulk_create(cells, batch_size=1000)
    roll_up(towns, {(cell.ulb_id, cell.module): cell for cell in cells})


def build(times: float = 1) -> People:
    """The demonstration's answers and people, with as many towns as the nation has, or that many `times`."""
    call_command("collectstatic", verbosity=0, interactive=False)
    call_command("migrate", verbosity=0)
    call_command("grant_database", stdout=StringIO())
    call_command("demo", stdout=StringIO())
    code = 950_000 - round(sum(TOWNS.values()) * times)
    for state in State.objects.all():
        wanted = round(TOWNS[state.iso] * times) - state.ulbs.count()
        made = Ulb.objects.bulk_create(
            Ulb(state=state, lgd_code=code + n, name=f"Town {code + n}", type_code=5) for n in range(wanted)
        )
        code += max(wanted, 0)
        story(made)
    agency = User.objects.get(email=People.emails["agency"]).appointments.get().post.team
    serve(agency, list(State.objects.filter(iso__in=["KL", "MH", "UP"])))
    return People()
