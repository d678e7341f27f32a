"""Two states with all their people, their towns and a letter each."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from nudm.accounts.models import User
from nudm.core.dates import today
from phases.actions import evidence, lines
from phases.actions.records import kept_of
from phases.catalogue import catalogue
from phases.models import Evidence, Item
from phases.records import KINDS
from reports.demo.answers import demo_pdf, rows_of, sample
from states import actions, past
from states.management.commands.load_states import add_national_teams, add_state_office
from states.models import Post, State, Team
from states.rules import PostKind, Role
from states.wrote import taken
from ulbs.actions import rollout
from ulbs.models import Batch, Ulb

PASSWORD = "a long enough phrase"


def keep(rows: Iterable[Any], at: datetime | None = None) -> None:
    """Keep rows as the world has them, which no act of the log wrote."""
    rows = list(rows)
    past.keep(rows, at)
    for state in {row.state_id for row in rows}:
        taken(state)


class World:
    """`kl` is the state of the story, `mh` its neighbour."""

    def __init__(self) -> None:
        self.start = today() - timedelta(days=30)
        self.kl = self._state(32, "KL", "Kerala", "केरल", "state")
        self.mh = self._state(27, "MH", "Maharashtra", "महाराष्ट्र", "state")
        self.kl_office, self.mh_office = add_state_office(self.kl), add_state_office(self.mh)
        add_national_teams()
        self.centre_team = Team.objects.get(role=Role.CENTRE.value)
        self.head = self.seat(self.centre_team.posts.get(kind="head"), "head")
        self.reviewer = self.seat(self.centre_team.posts.get(kind="reviewer"), "reviewer")
        self.ministry = self.seat(Post.objects.get(team__role=Role.MINISTRY.value), "ministry")
        self.nodal = self.seat(self.kl_office.posts.get(kind="nodal_officer"), "nodal.kl")
        self.unit = self.seat(self.kl_office.posts.get(kind="programme_unit"), "unit.kl")
        self.neighbour = self.seat(self.mh_office.posts.get(kind="nodal_officer"), "nodal.mh")
        self.agency_team = actions.make_team(Role.AGENCY, "Agency")
        actions.serve(self.agency_team, [self.kl])
        agency_post = actions.add_post(self.agency_team, PostKind.MEMBER, "Member")
        self.agency = self.seat(agency_post, "agency")
        self.ulb = Ulb.objects.create(state=self.kl, lgd_code=250001, name="Alpha", type_code=5, pilot=True)
        self.far_ulb = Ulb.objects.create(state=self.mh, lgd_code=250101, name="Omega", type_code=5)
        keep([self.ulb, self.far_ulb], at=timezone.now() - timedelta(days=30))
        office = actions.make_team(Role.TOWN, "Alpha Office", state=self.kl, ulb_code=250001)
        self.town = self.seat(actions.add_post(office, PostKind.NODAL_OFFICER, "Officer"), "town")
        self.nobody = User.objects.create_user("nobody@example.in", "Nobody", PASSWORD)

    def _state(self, lgd_code: int, iso: str, name: str, name_hi: str, kind: str) -> State:
        return State.objects.create(
            lgd_code=lgd_code, iso=iso, name=name, name_hi=name_hi, kind=kind, column=0, row=0
        )

    def seat(self, post: Post, name: str) -> User:
        """A new person in a post since the start."""
        person = User.objects.create_user(f"{name}@example.in", name, PASSWORD)
        actions.appoint(post, person, self.start)
        return person

    def letter(
        self, state: State, by: Any, words: str = "letter", replaces: Evidence | None = None
    ) -> Evidence:
        """A real PDF uploaded to a state."""
        file = SimpleUploadedFile("letter.pdf", demo_pdf(words), content_type="application/pdf")
        return evidence.upload(state, file, title=words, letter_number="1/2026", replaces=replaces, by=by)

    def record(self, state: State, slug: str) -> None:
        """A complete set-up record, as far as lines ask for it."""
        kind = KINDS[slug]
        values = {name: sample(kind.model, name, self.start) for name in kind.required}
        made = kind.model._default_manager.create(state=state, kind=slug, complete=True, **values)
        keep(kept_of(made, rows_of(kind, made, self.start)))
        actions.touch(state, moved=actions.Moved.FACTS)

    def started(self, code: str = "2.processes_standardised", state: State | None = None) -> Item:
        """A line in progress with evidence and its records."""
        state = state or self.kl
        by = self.nodal if state == self.kl else self.neighbour
        for slug in catalogue().line(code).record:
            self.record(state, slug)
        item = lines.item_for(state, code)
        evidence.cite(item, self.letter(state, by, f"letter for {code}"), by=by)
        return Item.objects.select_related("state").get(state=state, code=code)

    def submitted(self, code: str = "2.processes_standardised", state: State | None = None) -> Item:
        item = self.started(code, state)
        by = self.nodal if item.state == self.kl else self.neighbour
        return lines.move(item, "submit", version=item.version, by=by)

    def accepted(self, code: str, state: State | None = None) -> Item:
        item = self.submitted(code, state)
        return lines.move(item, "accept", version=item.version, by=self.reviewer)

    def towns(self, count: int, *, pilots: int = 0, batch: Batch | None = None) -> list[Ulb]:
        """More towns of the first state."""
        first = 260001 + Ulb.objects.count()
        made = [
            Ulb.objects.create(
                state=self.kl,
                lgd_code=first + n,
                name=f"Town {n}",
                type_code=7,
                pilot=n < pilots,
                batch=None if n < pilots else batch,
            )
            for n in range(count)
        ]
        keep(made)
        actions.touch(self.kl)
        return made

    def batch(self, number: int, **dates: date) -> Batch:
        """A batch of the first state, as it is planned."""
        made = Batch.objects.create(state=self.kl, number=number, **dates)
        keep([made])
        actions.touch(self.kl)
        return made

    def live(self, ulb: Ulb, module: str = "PGR", on: date | None = None) -> Ulb:
        """A ULB that has gone all the way with one module."""
        # Live in the last month that is over, whatever the day: a figure of it counts.
        day_ = on or min(self.start, (today().replace(day=1) - timedelta(days=1)).replace(day=1))
        steps = (
            "started_on",
            "validated_on",
            "configured_on",
            "uat_planned_on",
            "trained_on",
            "uat_signed_on",
        )
        changes = {name: day_ for name in (*steps, "live_on")} | {"live_url": "https://kl.example.in/"}
        by = self.nodal if ulb.state_id == self.kl.pk else self.neighbour
        if not ulb.pilot:
            # The batches of a test rarely begin; what the gate asks has tests of its own.
            changes["override_reason"] = "Live before the programme"
        rollout.save_cell(ulb, module, changes | {"master_data": "validated"}, version=None, by=by)
        return Ulb.objects.select_related("state").get(pk=ulb.pk)

    def keep_all(self, at: datetime | None = None) -> None:
        """Keep what was made past the actions, as known since the beginning (or `at`)."""
        since = at or timezone.now() - timedelta(days=300)
        for model in apps.get_models():
            if getattr(model, "kept", False):
                keep(model._default_manager.all(), since)

    def client(self, person: User | None) -> Client:
        """A browser of this person; of a visitor for None."""
        client = Client()
        if person is not None:
            client.force_login(person, backend="nudm.accounts.backends.EmailBackend")
        return client


def day(ago: int) -> date:
    return today() - timedelta(days=ago)


def office_hours() -> datetime:
    """Noon of the last day that is no Sunday: a moment at which schedules run."""
    on = today() - timedelta(days=1 if today().weekday() == 6 else 0)
    return timezone.make_aware(datetime.combine(on, time(12)))
