"""Two states with rows behind every route, everybody of the table, and a browser that is quick."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.signals import request_finished
from django.db import close_old_connections, transaction
from django.db.models import Max, Sum
from django.http import HttpResponseBase
from django.test import Client, RequestFactory
from django.test.client import ClientHandler
from django.urls import reverse

from nudm.core.dates import today
from nudm.core.models import Outbox
from phases.models import Evidence, Item
from reports.models import Report, Subscription, Superior
from reports.snapshot import of_state
from states import actions
from states.models import Entry, State
from states.rules import PostKind, Role
from tests.memory import forget
from tests.ulbs.sheets import lgd, text
from tests.walls.expectations import PEOPLE, PUBLIC, RULES
from tests.world import World
from ulbs.actions import imports
from ulbs.models import ActionPoint, Batch, Event, EventFile, Exclusion, TownFile

ABSENT = 999_999
NO_UPLOAD = "00000000-0000-4000-8000-000000000000"


class Scene(World):
    """Rows of both states for every route to point at, and everybody who has lost or never had access."""

    def __init__(self) -> None:
        super().__init__()
        self.seat_people()
        self.second = self.towns(1)[0]
        self.items: dict[str, Item] = {}
        self.rows = {iso: self._rows(state) for iso, state in (("KL", self.kl), ("MH", self.mh))}
        self.rows["other"] = self.rows["KL"] | {
            "ulb": self.second.lgd_code,
            "file": self._file(self.second),
        }
        self.rows["absent"] = dict.fromkeys(self.rows["KL"], ABSENT) | {"iso": "XX", "import": ABSENT}
        national = imports.read_in(text(lgd()), "lgd.csv", state=None, by=self.reviewer)
        for row in self.rows.values():
            row |= {"national_import": national.pk, "token": ABSENT, "session": ABSENT, "upload": NO_UPLOAD}
        self.handler = ClientHandler(enforce_csrf_checks=False)
        self.handler.load_middleware()
        self.sessions = {who: self._session(who) for who in PEOPLE}

    def seat_people(self) -> None:
        """The people of the world stand already; here are those at its edges."""
        fellow, dtl = PostKind.FELLOW, PostKind.DTL
        member, officer = PostKind.MEMBER, PostKind.NODAL_OFFICER
        self.former = self._left(actions.add_post(self.kl_office, fellow, "Fellow"), "former")
        self.former_agency = self._left(actions.add_post(self.agency_team, member, "M2"), "former_agency")
        self.former_town = self._left(actions.add_post(self.town_team, officer, "O2"), "former_town")
        centre = self.centre_team
        self.former_reviewer = self._left(
            actions.add_post(centre, PostKind.REVIEWER, "R2"), "former_reviewer"
        )
        self.moved = self._left(actions.add_post(self.kl_office, dtl, "DTL 1"), "moved")
        actions.appoint(actions.add_post(self.mh_office, dtl, "DTL"), self.moved, self.start)
        self.came = self._left(actions.add_post(self.mh_office, dtl, "DTL 4"), "came")
        actions.appoint(actions.add_post(self.kl_office, dtl, "DTL 5"), self.came, self.start)
        self.tomorrow = self._person("tomorrow")
        actions.appoint(
            actions.add_post(self.kl_office, dtl, "DTL 2"), self.tomorrow, today() + timedelta(days=1)
        )
        self.inactive = self._dead(actions.add_post(self.kl_office, dtl, "DTL 3"), "inactive")
        self.inactive_reviewer = self._dead(
            actions.add_post(centre, PostKind.REVIEWER, "R3"), "inactive_reviewer"
        )
        self.fellow = self.seat(actions.add_post(self.kl_office, fellow, "Fellow 2"), "fellow")
        for name, states in (("far_agency", [self.mh]), ("both_agency", [self.kl, self.mh])):
            team = actions.make_team(Role.AGENCY, name)
            actions.serve(team, states)
            setattr(self, name, self.seat(actions.add_post(team, member, "Member"), name))
        town = actions.make_team(Role.TOWN, "Omega Office", state=self.mh, ulb_code=self.far_ulb.lgd_code)
        self.far_town = self.seat(actions.add_post(town, officer, "Officer"), "far_town")
        for name in ("both_offices", "acting"):
            first = actions.add_post(self.kl_office, fellow, name)
            setattr(self, name, self.seat(first, name))
            second = actions.add_post(self.mh_office, fellow, name)
            actions.appoint(second, getattr(self, name), self.start)
        actions.rights_changed()

    @property
    def town_team(self) -> Any:
        return self.town.appointments.get().post.team

    def _person(self, name: str) -> Any:
        return type(self.nodal).objects.create_user(f"{name}@example.in", name)

    def _left(self, post: Any, name: str) -> Any:
        person = self.seat(post, name)
        person.appointments.update(until=today())
        actions.rights_changed()
        return person

    def _dead(self, post: Any, name: str) -> Any:
        person = self.seat(post, name)
        type(person).objects.filter(pk=person.pk).update(is_active=False)
        return person

    def _rows(self, state: State) -> dict[str, Any]:
        item = self.items[state.iso] = self.submitted(state=state)
        office = self.kl_office if state == self.kl else self.mh_office
        ulb = self.ulb if state == self.kl else self.far_ulb
        state_person = self.nodal if state == self.kl else self.neighbour
        Batch.objects.create(state=state, number=1)
        training, meeting, review = (self._event(state, kind) for kind in ("training", "meeting", "review"))
        report = self._report(state)
        Superior.objects.create(state=state, level=1, designation="Principal Secretary")
        late = {"status": "in_progress", "due": today() - timedelta(days=1)}
        Item.objects.create(state=state, code="2.customisations_agreed", stage=2, **late)
        for code, handed in (("2.platform_ready", False), ("2.dashboards_ready", True)):
            Item.objects.create(state=state, code=code, stage=2, status="in_progress", handed_over=handed)
        mail = Outbox.objects.create(
            key=f"report:{report.pk}:1:1", kind="hold", to="a@example.in", tenant=state.pk, subject="s"
        )
        subscription = Subscription.objects.create(
            post=office.posts.get(kind="nodal_officer"), kind="progress", state=state
        )
        exclusion = Exclusion.objects.create(
            state=state,
            ulb=ulb,
            lgd_code=ulb.lgd_code,
            name=ulb.name,
            what="scope",
            counts="all,rest",
            reason="G.O.",
            status="asked",
            asked_by=state_person,
        )
        return {
            "exclusion": exclusion.pk,
            "iso": state.iso,
            "ulb": ulb.lgd_code,
            "evidence": Evidence.objects.filter(state=state)[0].pk,
            "item": item.pk,
            "report": report.pk,
            "subscription": subscription.pk,
            "outbox": mail.pk,
            "event": training.pk,
            "event_file": self._event_file(training),
            "meeting": meeting.pk,
            "reviewed": review.pk,
            "point": meeting.points.get().pk,
            "import": imports.read_in(text(lgd()), "lgd.csv", state=state, by=self.reviewer).pk,
            "file": self._file(ulb),
            "post": office.posts.all()[0].pk,
            "team": office.pk,
        }

    def _file(self, ulb: Any) -> int:
        made = TownFile(
            state=ulb.state,
            ulb=ulb,
            fact="baseline",
            name="a.pdf",
            mime="application/pdf",
            size=4,
            status="accepted",
        )
        made.file.save(f"{ulb.pk}.pdf", ContentFile(b"%PDF"))
        return int(made.pk)

    def _event_file(self, event: Event) -> int:
        made = EventFile(
            state=event.state,
            event=event,
            name="a.pdf",
            mime="application/pdf",
            size=4,
            status="accepted",
        )
        made.file.save(f"{event.pk}.pdf", ContentFile(b"%PDF"))
        return int(made.pk)

    def _event(self, state: State, kind: str) -> Event:
        made = Event.objects.create(state=state, kind=kind, title=kind, on=today())
        ActionPoint.objects.create(state=state, event=made, text="To do", owner="state")
        return made

    def _report(self, state: State) -> Report:
        made = Report(
            key=f"r{state.iso}", kind="progress", state=state, language="en", period="p", as_on=today()
        )
        made.made_at, made.content = made.asked_at, of_state(state, "en")
        letter = Evidence.objects.filter(state=state)[0]
        made.file.save(f"{state.iso}.pdf", letter.file, save=False)
        made.save()
        return made

    def url(self, name: str, row: str = "KL") -> str:
        """The route's address for one row; words among its parts stand for the row's own keys."""
        parts = RULES[name].parts if name in RULES else PUBLIC[name]
        return reverse(name.split()[0], args=[self.rows[row].get(part, part) for part in parts])

    def said(self, name: str, row: str = "KL") -> dict[str, Any]:
        """What a right act on the row says."""
        send = RULES[name].send or {}
        return {key: self.rows[row].get(value, value) for key, value in send.items()}

    def ask(self, who: str, method: str, url: str, data: dict[str, Any] | None = None) -> HttpResponseBase:
        """One request through the whole stack, as a server makes it: no copies of templates are kept."""
        factory = RequestFactory()
        if session := self.sessions[who]:
            factory.cookies[settings.SESSION_COOKIE_NAME] = session
        kind: dict[str, Any] = {"data": data or {}} if method in {"get", "head", "post"} else {}
        if method == "post" and url.startswith("/api/") and not url.endswith("/evidence/"):
            kind["content_type"] = "application/json"
        request = getattr(factory, method)(url, **kind)
        request._dont_enforce_csrf_checks = True
        response = self.handler.get_response(request)
        if hasattr(response, "render") and not response.is_rendered:
            response.render()
        return response

    @staticmethod
    def close(response: HttpResponseBase) -> None:
        """Closes what the answer holds open, not the connection that the test stands on."""
        request_finished.disconnect(close_old_connections)
        try:
            response.close()
        finally:
            request_finished.connect(close_old_connections)

    def _session(self, who: str) -> str:
        """Signed in once; somebody without an account any more keeps the session of better days."""
        client, person = Client(), getattr(self, who, None)
        if person is None:
            return ""
        client.force_login(person, backend="nudm.accounts.backends.EmailBackend")
        session = client.session
        if who == "acting":
            session["post"] = person.appointments.order_by("pk")[0].post_id
        session.save()
        return str(session.session_key)

    def fingerprint(self) -> Any:
        """Changes with every act that is recorded or that moves a state's facts."""
        return Entry.objects.aggregate(n=Max("pk")), State.objects.aggregate(n=Sum("facts_version"))

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Whatever happens here has not happened, and nothing is remembered before or after."""
        self.forget()
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
        self.forget()

    @staticmethod
    def forget() -> None:
        cache.clear()
        forget()


def again(person: Any) -> Any:
    """The person as the next request finds them."""
    return type(person).objects.get(pk=person.pk)
