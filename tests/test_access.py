"""Every route × method × person × own state, neighbour's state. A route without an expectation fails."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from nudm.core.dates import today
from nudm.core.models import Outbox
from phases.models import Evidence
from reports.models import Report, Subscription
from reports.snapshot import of_state
from states import actions
from states.rules import PostKind
from tests.ulbs.sheets import lgd, text
from tests.world import World
from ulbs.actions import imports
from ulbs.models import ActionPoint, Batch, Event

PEOPLE = (
    "visitor",
    "nobody",
    "former",
    "inactive",
    "reviewer",
    "ministry",
    "nodal",
    "unit",
    "agency",
    "town",
    "neighbour",
)
SEES_KL = {"reviewer", "ministry", "nodal", "unit", "agency"}
SEES_MH = {"reviewer", "ministry", "neighbour"}
KL_OFFICE = {"nodal", "unit"}
EDITS_KL = {"nodal", "unit", "agency"}
PUBLIC = {
    "healthz",
    "readyz",
    "styleguide",
    "set_language",
    "accounts:login",
    "accounts:reset",
    "accounts:reset_sent",
    "accounts:reset_confirm",
    "verify",
    "verify_code",
    "town_link",
}
OWN = {
    "accounts:logout",
    "accounts:me",
    "accounts:revoke_token",
    "accounts:sign_out_everywhere",
    "states:act_as",
    "home",
}
ULB_PAGES = ("ulb", "edit", "code", "end", "reinstate", "town", "town_figures", "town_links")
SIGNED_IN = set(PEOPLE) - {"visitor", "inactive"}

# Who gets a page (200, or 302 on from it) for Kerala's row and for Maharashtra's; everybody else who is
# signed in gets 404 where the row does not exist for them, and 403 where it does without the power.
STATE_ROUTES = {
    "state": ["iso"],
    "phases:evidence": ["iso"],
    "phases:records": ["iso"],
    "phases:record": ["iso", "mou"],
    "phases:checklist": ["iso", 2],
    "phases:compare": ["iso"],
    "phases:item": ["iso", 2, "2.processes_standardised"],
    "phases:download": ["evidence"],
    "ulbs:list": ["iso"],
    "ulbs:figures": ["iso"],
    "ulbs:registers": ["iso"],
    "ulbs:register": ["iso", "incidents"],
    "ulbs:entry": ["iso", "training", "event"],
    "ulbs:event_towns": ["iso", "training", "event"],
    "ulbs:batches": ["iso"],
    "ulbs:plan": ["iso"],
    "ulbs:batch": ["iso", 1],
    "ulbs:matrix": ["iso"],
    "ulbs:cell": ["iso", "ulb", "PGR"],
    "ulbs:sheet": ["iso"],
    "reports:report": ["report"],
    "reports:file": ["report"],
    "reports:chain": ["iso"],
    "api_state": ["iso"],
    "api_progress": ["iso"],
    "api_item": ["item"],
    "api_evidence": ["item"],
    "api_milestones": ["ulb"],
    "api_report_file": ["report"],
}
POSTS = {
    "phases:submit_many": (["iso", 2], SEES_KL, SEES_KL),
    "phases:close": (["iso", 1], {"reviewer"}, SEES_KL),
    "phases:mark": (["iso", 2], EDITS_KL, SEES_KL),
    "ulbs:new_entry": (["iso", "incidents"], EDITS_KL, SEES_KL),
    "ulbs:new_point": (["iso", "meeting"], KL_OFFICE, SEES_KL),
    "ulbs:point": (["iso", "meeting", "point"], KL_OFFICE, SEES_KL),
    "ulbs:reopen": (["iso", "training", "event"], EDITS_KL, SEES_KL),
    "ulbs:remove": (["iso", "training", "event"], EDITS_KL, SEES_KL),
    "ulbs:new_batch": (["iso"], KL_OFFICE, SEES_KL),
    "ulbs:fill_batches": (["iso"], KL_OFFICE, SEES_KL),
    "ulbs:cantonments": (["iso"], KL_OFFICE, SEES_KL),
    "ulbs:new": (["iso"], KL_OFFICE, SEES_KL),
    "phases:remove": (["evidence"], KL_OFFICE, SEES_KL),
    "phases:autosave": (["iso", 2, "2.processes_standardised"], EDITS_KL, SEES_KL),
    "api_moves": (["item"], SEES_KL, SEES_KL),
    "reports:schedule": (["subscription"], {"reviewer", "nodal", "unit"}, SEES_KL),
    "reports:cancel": (["report"], set(), SEES_KL),
    "reports:resend": (["outbox"], {"reviewer", "nodal", "unit"}, {"reviewer", "nodal", "unit"}),
    "ulbs:change": (["iso"], EDITS_KL, SEES_KL),
    "ulbs:cell": (["iso", "ulb", "PGR"], EDITS_KL, SEES_KL),
    "api_milestones": (["ulb"], EDITS_KL, SEES_KL),
}
LISTS = {
    "phases:review": {"reviewer"},
    "compare": {"reviewer", "ministry"},
    "states:people": {"reviewer", "nodal", "unit", "neighbour"},
    "states:audit": {"reviewer"},
    "states:audit_access": {"reviewer"},
    "reports:list": SEES_KL | SEES_MH,
    "reports:schedules": SEES_KL | SEES_MH,
    "reports:inbox": SIGNED_IN,
    "reports:deliveries": {"reviewer", "nodal", "unit", "neighbour"},
    "schema": SIGNED_IN,
    "api_docs": SIGNED_IN,
    "api_states": SIGNED_IN,
    "api_items": SIGNED_IN,
    "api_ulbs": SIGNED_IN,
    "api_deployments": SIGNED_IN,
    "api_reports": SIGNED_IN,
    "api_figures": SIGNED_IN,
    "api_common": SIGNED_IN,
}
OTHER = {
    "ulbs:ulb",
    "ulbs:town",
    "ulbs:town_figures",
    "ulbs:town_links",
    "ulbs:town_file",
    "ulbs:edit",
    "ulbs:code",
    "ulbs:end",
    "ulbs:reinstate",
    "ulbs:remove_batch",
    "ulbs:import",
    "ulbs:import_one",
    "ulbs:import_national",
    "ulbs:import_national_one",
    "ulbs:tenants",
    "api_ulb",
    "states:post",
    "states:add_post",
    "phases:answer_many",
    "reports:ask",
    "reports:letter",
}


def routes(patterns: Any = None, prefix: str = "") -> Iterator[str]:
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(pattern, URLResolver):
            space = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from routes(pattern.url_patterns, prefix + space)
        elif isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.name}"


def test_every_route_has_an_expectation() -> None:
    known = PUBLIC | OWN | STATE_ROUTES.keys() | POSTS.keys() | LISTS.keys() | OTHER
    assert set(routes()) - known == set()
    assert known - set(routes()) == set()


class Scene(World):
    """Rows of both states for every route to point at, and two people who have lost their access."""

    def __init__(self) -> None:
        super().__init__()
        self.former = self.seat(actions.add_post(self.kl_office, PostKind.FELLOW, "Fellow"), "former")
        self.former.appointments.update(until=today())
        self.inactive = self.seat(actions.add_post(self.kl_office, PostKind.DTL, "DTL"), "inactive")
        type(self.inactive).objects.filter(pk=self.inactive.pk).update(is_active=False)
        actions.rights_changed()
        self.ulbs = {"KL": self.towns(1)[0], "MH": self.far_ulb}
        self.items = {"KL": self.submitted(), "MH": self.submitted(state=self.mh)}
        self.letters = {iso: Evidence.objects.filter(state__iso=iso)[0] for iso in ("KL", "MH")}
        self.reports = {s.iso: self._report(s) for s in (self.kl, self.mh)}
        self.trainings = {s.iso: self._event(s, "training") for s in (self.kl, self.mh)}
        self.meetings = {s.iso: self._event(s, "meeting") for s in (self.kl, self.mh)}
        for state in (self.kl, self.mh):
            Batch.objects.create(state=state, number=1)
        self.subscriptions = {s.iso: self._subscription(s) for s in (self.kl, self.mh)}
        self.mails = {
            iso: Outbox.objects.create(
                key=f"report:{row.pk}:1:1", kind="hold", to="a@example.in", tenant=row.state_id, subject="s"
            )
            for iso, row in self.reports.items()
        }  # fmt: skip
        self.imports = {
            iso: imports.read_in(text(lgd()), "lgd.csv", state=state, by=self.reviewer)
            for iso, state in (("KL", self.kl), ("MH", self.mh), ("IN", None))
        }

    def _event(self, state: Any, kind: str) -> Event:
        made = Event.objects.create(state=state, kind=kind, title=kind, on=today())
        ActionPoint.objects.create(state=state, event=made, text="To do", owner="state")
        return made

    def _report(self, state: Any) -> Report:
        made = Report(
            key=f"r{state.iso}", kind="progress", state=state, language="en", period="p", as_on=today()
        )
        made.made_at, made.content = made.asked_at, of_state(state, "en")
        made.file.save("x.pdf", self.letters[state.iso].file, save=False)
        made.save()
        return made

    def _subscription(self, state: Any) -> Subscription:
        office = self.kl_office if state == self.kl else self.mh_office
        post = office.posts.get(kind="nodal_officer")
        return Subscription.objects.create(post=post, kind="progress", state=state)

    def url(self, name: str, parts: list[Any], iso: str) -> str:
        real = {
            "iso": iso,
            "evidence": self.letters[iso].pk,
            "item": self.items[iso].pk,
            "ulb": self.ulbs[iso].lgd_code,
            "report": self.reports[iso].pk,
            "subscription": self.subscriptions[iso].pk,
            "outbox": self.mails[iso].pk,
            "event": self.trainings[iso].pk,
            "meeting": self.meetings[iso].pk,
            "point": self.meetings[iso].points.get().pk,
        }
        return reverse(name, args=[real.get(part, part) for part in parts])

    def ask(self, who: str, method: str, url: str) -> int:
        person = getattr(self, who, None)
        if person is not None:
            person.refresh_from_db()
        client = self.client(person)
        return int(getattr(client, method)(url).status_code)


@pytest.fixture
def scene(db: Any) -> Scene:
    return Scene()


def refused(who: str, name: str) -> set[int]:
    """What somebody without an account (any more) gets."""
    return {401, 403} if name.startswith("api_") or name == "schema" else {302}


def test_reading_a_state_is_for_those_who_see_it(scene: Scene) -> None:
    checked = 0
    for name, parts in STATE_ROUTES.items():
        for iso, seen in (("KL", SEES_KL), ("MH", SEES_MH)):
            for who in PEOPLE:
                status = scene.ask(who, "get", scene.url(name, parts, iso))
                if who in {"visitor", "inactive"}:
                    assert status in refused(who, name), (name, iso, who, status)
                else:
                    assert status == (200 if who in seen else 404), (name, iso, who, status)
                checked += 1
    assert checked == len(STATE_ROUTES) * 2 * len(PEOPLE)


def test_no_other_method_opens_a_row_that_does_not_exist_for_somebody(scene: Scene) -> None:
    targets = {name: parts for name, (parts, _allowed, _seen) in POSTS.items()} | STATE_ROUTES
    checked = 0
    for name, parts in targets.items():
        for iso, seen in (("KL", SEES_KL), ("MH", SEES_MH)):
            for who in sorted(set(PEOPLE) - seen):
                for method in ("get", "head", "post", "put", "patch", "delete", "options"):
                    status = scene.ask(who, method, scene.url(name, parts, iso))
                    assert status in {302, 401, 403, 404, 405} or (status, method) == (200, "options"), (
                        name,
                        iso,
                        who,
                        method,
                        status,
                    )
                    checked += 1
    assert checked > 1_500


def test_no_method_on_any_other_route_breaks_or_lets_a_stranger_in(scene: Scene) -> None:
    """Lists, acts and a person's own pages: every method, every person; no 500, nothing for a stranger."""
    checked = 0
    for name in [*LISTS, *sorted(OWN), *sorted(OTHER)]:
        parts: tuple[Any, ...] = {
            "ulbs:town_file": (1,),
            **{f"ulbs:{name}": ("MH", scene.far_ulb.lgd_code) for name in ULB_PAGES},
            "ulbs:remove_batch": ("MH", 1),
            "ulbs:ulb": ("MH", scene.far_ulb.lgd_code),
            "ulbs:import": ("MH",),
            "ulbs:import_one": ("MH", scene.imports["MH"].pk),
            "ulbs:import_national_one": (scene.imports["IN"].pk,),
            "ulbs:tenants": ("MH",),
            "api_ulb": (scene.far_ulb.lgd_code,),
            "states:post": (scene.mh_office.posts.all()[0].pk,),
            "states:add_post": (scene.mh_office.pk,),
            "accounts:revoke_token": (1,),
            "reports:letter": ("MH", 1),
        }.get(name, ())
        for who in PEOPLE:
            for method in ("get", "head", "post", "put", "patch", "delete", "options"):
                status = scene.ask(who, method, reverse(name, args=parts))
                assert status < 500, (name, who, method, status)
                if who in {"visitor", "inactive"}:
                    assert status in {302, 401, 403, 405}, (name, who, method, status)
                elif parts and name in OTHER and who not in SEES_MH and method != "options":
                    assert status in {403, 404, 405}, (name, who, method, status)
                checked += 1
    assert checked > 1_500


def test_changing_a_state_needs_the_power_and_the_row(scene: Scene) -> None:
    for name, (parts, allowed, seen) in POSTS.items():
        for who in PEOPLE:
            neighbours = scene.ask(who, "post", scene.url(name, parts, "MH"))
            if who in {"visitor", "inactive"}:
                assert neighbours in refused(who, name), (name, who, neighbours)
                continue
            if who not in SEES_MH:
                assert neighbours == 404, (name, who, neighbours)
            status = scene.ask(who, "post", scene.url(name, parts, "KL"))
            if who not in seen:
                assert status == 404, (name, who, status)
            elif who not in allowed:
                assert status == 403, (name, who, status)
            else:
                assert status in {200, 302, 400, 409, 415, 422}, (name, who, status)


def test_acts_on_a_line_need_their_power(scene: Scene) -> None:
    url = scene.url("phases:item", ["iso", 2, "2.customisations_agreed"], "KL")
    for act, allowed in (("save", EDITS_KL), ("ask_na", KL_OFFICE)):
        for who in sorted(SIGNED_IN):
            client = scene.client(getattr(scene, who))
            status = client.post(url, {"act": act, "version": 0, "remark": "x"}).status_code
            if who not in SEES_KL:
                assert status == 404, (act, who, status)
            elif who not in allowed:
                assert status == 403, (act, who, status)
            else:
                assert status in {302, 409, 422}, (act, who, status)


def test_lists_show_own_rows_only(scene: Scene) -> None:
    for name, allowed in LISTS.items():
        for who in PEOPLE:
            status = scene.ask(who, "get", reverse(name))
            if who in {"visitor", "inactive"}:
                assert status in refused(who, name) | {302}, (name, who, status)
            else:
                assert status == (200 if who in allowed else 403), (name, who, status)
    for who in sorted(SIGNED_IN):
        client = scene.client(getattr(scene, who))
        seen = {row["state"] for row in client.get(reverse("api_items")).json()["results"]}
        assert seen == {iso for iso, people in (("KL", SEES_KL), ("MH", SEES_MH)) if who in people}, who
        states = {row["iso"] for row in client.get(reverse("api_states")).json()["results"]}
        assert states == seen, who


def test_a_town_sees_its_own_ulb_and_no_other(scene: Scene) -> None:
    beta = scene.towns(1)[0]
    for ulb, seen in (
        (scene.ulb, SEES_KL | {"town"}),
        (beta, SEES_KL),
        (scene.far_ulb, SEES_MH),
    ):
        for who in sorted(SIGNED_IN):
            place = [ulb.state.iso, ulb.lgd_code]
            page = scene.ask(who, "get", reverse("ulbs:ulb", args=place))
            office = scene.ask(who, "get", reverse("ulbs:town", args=place))
            assert page == office == scene.ask(who, "get", reverse("ulbs:town_figures", args=place))
            api = scene.ask(who, "get", reverse("api_ulb", args=[ulb.lgd_code]))
            assert page == api == (200 if who in seen else 404), (ulb, who, page, api)
    plan = {"in_scope": "on", "version": 0}
    for who in sorted(SIGNED_IN):
        client = scene.client(getattr(scene, who))
        status = client.post(reverse("ulbs:ulb", args=["KL", scene.ulb.lgd_code]), plan).status_code
        expected = {302, 409} if who in KL_OFFICE else {403} if who in SEES_KL | {"town"} else {404}
        assert status in expected, (who, status)


def test_the_life_of_a_ulb_is_written_by_its_state_only(scene: Scene) -> None:
    for name in ("edit", "code", "end"):
        url = reverse(f"ulbs:{name}", args=["KL", scene.ulb.lgd_code])
        for who in sorted(SIGNED_IN):
            for method in ("get", "post"):
                status = scene.ask(who, method, url)
                expected = {200, 422} if who in KL_OFFICE else {403} if who in SEES_KL | {"town"} else {404}
                assert status in expected, (url, who, method, status)


def test_files_are_read_in_at_home_and_the_nations_by_the_centre(scene: Scene) -> None:
    for iso, sees, office in (("KL", SEES_KL, KL_OFFICE), ("MH", SEES_MH, {"neighbour"})):
        for who in sorted(SIGNED_IN):
            for name, args in (
                ("ulbs:import", [iso]),
                ("ulbs:import_one", [iso, scene.imports[iso].pk]),
                ("ulbs:tenants", [iso]),
            ):
                expected = 200 if who in office | {"reviewer"} else 403 if who in sees else 404
                assert scene.ask(who, "get", reverse(name, args=args)) == expected, (name, iso, who)
            foreign = reverse("ulbs:import_one", args=[iso, scene.imports["IN"].pk])
            assert scene.ask(who, "get", foreign) == 404, (iso, who)
    for who in sorted(SIGNED_IN):
        national = reverse("ulbs:import_national_one", args=[scene.imports["IN"].pk])
        for url, ministry in ((reverse("ulbs:import_national"), 403), (national, 200)):
            expected = 200 if who == "reviewer" else ministry if who == "ministry" else 404
            assert scene.ask(who, "get", url) == expected, (url, who)
        client = scene.client(getattr(scene, who))
        status = client.post(national, {"act": "confirm"}).status_code
        assert status == (302 if who == "reviewer" else 403 if who == "ministry" else 404), who


def test_people_are_managed_at_home_only(scene: Scene) -> None:
    for office, own in (
        (scene.kl_office, {"reviewer", "nodal", "unit"}),
        (scene.mh_office, {"reviewer", "neighbour"}),
    ):
        post = office.posts.first()
        for who in sorted(SIGNED_IN):
            sees = SEES_KL if office == scene.kl_office else SEES_MH
            for url in (reverse("states:post", args=[post.pk]), reverse("states:add_post", args=[office.pk])):
                status = scene.ask(who, "get", url)
                expected = 200 if who in own else 403 if who in sees else 404
                assert status == expected, (url, who, status)


def test_a_report_is_asked_for_ones_own_state(scene: Scene) -> None:
    for who in sorted(SIGNED_IN):
        client = scene.client(getattr(scene, who))
        before = Report.objects.count()
        client.post(reverse("reports:ask"), {"kind": "progress", "state": "MH", "language": "en"})
        assert (Report.objects.count() > before) == (who in SEES_MH), who
        posts = [held.post_id for held in getattr(scene, who).appointments.all()]
        schedule = {"kind": "progress", "of": "MH", "every": "week", "weekday": 0, "day": 6, "at": "09:00"}
        others = Subscription.objects.filter(state=scene.mh).count()
        client.post(
            reverse("reports:schedules"),
            schedule | {"form": "pdf", "language": "en", "to": next(iter(posts), "")},
        )
        assert Subscription.objects.filter(state=scene.mh).count() == others + (
            who in SEES_MH - {"neighbour"}
        ), who
    national = scene.client(scene.nodal)
    before = Report.objects.count()
    national.post(reverse("reports:ask"), {"kind": "national", "state": "IN", "language": "en"})
    assert Report.objects.count() == before


def test_answering_many_skips_what_is_not_ones_own(scene: Scene) -> None:
    item = scene.items["KL"]
    for who in sorted(SIGNED_IN - {"reviewer"}):
        client = scene.client(getattr(scene, who))
        client.post(
            reverse("phases:answer_many"),
            {"item": [item.pk], f"version_{item.pk}": item.version, "act": "accept"},
        )
        item.refresh_from_db()
        assert item.status == "under_review", who


def test_the_appointments_of_tomorrow_give_nothing_today(scene: Scene) -> None:
    scene.nobody.appointments.all().delete()
    post = actions.add_post(scene.kl_office, PostKind.FELLOW, "Second fellow")
    actions.appoint(post, scene.nobody, today() + timedelta(days=1))
    assert scene.ask("nobody", "get", reverse("state", args=["KL"])) == 404
