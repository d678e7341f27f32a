"""Work that takes long or fails is seen: by who asked, by the centre, by the operators. Holidays are kept."""

from datetime import date
from typing import Any

import pytest
from django.core.management import call_command

from nudm.core import jobs
from nudm.core.dates import today
from nudm.core.errors import NotAllowed, Refused
from nudm.core.models import Job, Outbox
from phases.models import Closure
from reports.actions import failures, holidays, schedules
from reports.actions import reports as actions
from reports.actions.reports import Asked
from reports.models import Holiday, Notice, Report
from states.models import Entry
from states.past import keep
from tests.conftest import Peer
from tests.world import World, office_hours


@pytest.fixture
def given_up(world: World, settings: Any) -> Job:
    """A job at its last try whose report is not to be found."""
    settings.OPERATORS = ["operator@example.in"]
    report, job = actions.ask(Asked("brief", world.kl, "en"), by=world.nodal)
    Job.objects.filter(pk=job.pk).update(attempts=jobs.ATTEMPTS - 1, args={"report": report.pk + 1000})
    jobs.run(job.pk)
    job.refresh_from_db()
    return job


def test_work_that_was_given_up_is_mailed_to_the_operators_once(given_up: Job, smtp: Peer) -> None:
    assert given_up.status == "failed"
    call_command("send_due", verbosity=0)
    [mail] = Outbox.objects.filter(key__startswith="operator:")
    assert mail.to == "operator@example.in" and given_up.key in mail.text and "DoesNotExist" in mail.text
    assert jobs.run(given_up.pk) is False
    assert Outbox.objects.filter(key__startswith="operator:").count() == 1


def test_the_centre_sees_it_and_has_it_tried_again(given_up: Job, world: World) -> None:
    with pytest.raises(NotAllowed):
        failures.rows_for(world.nodal)
    report = Report.objects.get()
    Report.objects.update(failed="it went wrong")
    client = world.client(world.reviewer)
    assert given_up.key in client.get("/reports/failures/").content.decode()
    Job.objects.update(args={"report": report.pk})
    assert client.post("/reports/failures/", {"job": given_up.pk}).status_code == 302
    jobs.run(given_up.pk)
    report.refresh_from_db()
    assert report.made_at is not None and report.failed == ""
    assert Entry.objects.filter(verb="job.again", actor=world.reviewer).exists()
    assert client.post("/reports/failures/", {"job": given_up.pk}).status_code == 422


def test_who_asked_finds_the_failure_in_the_inbox(world: World) -> None:
    report, job = actions.ask(Asked("brief", world.kl, "en"), by=world.nodal)
    actions._given_up(job, "no room on the page")
    report.refresh_from_db()
    assert report.failed == "no room on the page"
    assert "no room on the page" in Notice.objects.get().text
    page = world.client(world.nodal).get(f"/reports/{report.pk}/").content.decode()
    assert "no room on the page" in page


def test_holders_of_a_schedules_post_find_its_failure_and_what_to_do_next(world: World) -> None:
    post = world.kl_office.posts.get(kind="nodal_officer")
    rule = {"weekday": office_hours().weekday()}
    schedules.subscribe(post, "brief", world.kl, rule, by=world.nodal)
    schedules.subscribe(
        world.kl_office.posts.get(kind="programme_unit"), "progress", world.kl, rule, by=world.nodal
    )
    [brief] = [job for job in schedules.queue_due(office_hours()) if "brief" in Job.objects.get(pk=job).key]
    actions._given_up(Job.objects.get(pk=brief), "no room on the page")
    told = Notice.objects.get(word="schedule_failed")
    assert told.post == post and told.to_do
    text = world.client(world.nodal).get("/reports/inbox/").content.decode()
    assert "no room on the page" in text and "make it on the page “Reports”" in text


def test_a_schedule_that_asks_again_writes_one_line_of_the_log(world: World) -> None:
    post = world.kl_office.posts.get(kind="nodal_officer")
    schedules.subscribe(post, "brief", world.kl, {"weekday": office_hours().weekday()}, by=world.nodal)
    for _five_minutes in range(3):
        schedules.queue_due(office_hours())
    assert Entry.objects.filter(verb="report.ask").count() == 1


def test_the_page_of_a_report_says_how_far_it_is_and_asks_for_itself_again(world: World) -> None:
    for language in ("en", "hi"):
        report, job = actions.ask(Asked("brief", world.kl, language), by=world.nodal)
    client = world.client(world.nodal)
    answer = client.get(f"/reports/{report.pk}/")
    assert answer["Refresh"] and "1 piece of work is before it." in answer.content.decode()
    Job.objects.filter(pk=job.pk).update(status="running")
    assert "pages are being laid out" in client.get(f"/reports/{report.pk}/").content.decode()
    client.post(f"/reports/{report.pk}/cancel/")
    answer = client.get(f"/reports/{report.pk}/")
    assert not answer.has_header("Refresh") and "Stopped" in answer.content.decode()


def test_one_click_on_a_closed_stage_gives_its_certificate(world: World) -> None:
    closure = Closure.objects.create(
        state=world.kl, stage=1, by=world.head, saw={"1.criterion_charter": "met"}
    )
    keep([closure])
    client = world.client(world.nodal)
    page = client.get("/phases/KL/1/")
    text = page.content.decode()
    assert 'value="certificate"' in text
    values = {"kind": "certificate", "state": "KL", "stage": 1, "language": "en"}
    answer = client.post("/reports/ask/", values | {"form_key": page.context["form_key"]})
    report = Report.objects.get(kind="certificate")
    assert answer["Location"] == f"/reports/{report.pk}/"
    jobs.run(Job.objects.get().pk)
    report.refresh_from_db()
    assert report.made_at is not None and report.content["sections"][0]["title"] == "Stage 1 is complete"
    assert 'value="certificate"' not in client.get("/phases/KL/2/").content.decode()


def test_a_list_of_holidays_is_read_from_a_paste_and_a_bad_line_is_named() -> None:
    text = "26-01-2027 Republic Day\n2027-08-15, Independence Day\n\n02/10/2027\tGandhi Jayanti\n"
    text += "14-04-2027,Ambedkar Jayanti\n"
    assert holidays.read(text) == [
        (date(2027, 1, 26), "Republic Day"),
        (date(2027, 8, 15), "Independence Day"),
        (date(2027, 10, 2), "Gandhi Jayanti"),
        (date(2027, 4, 14), "Ambedkar Jayanti"),
    ]
    for wrong in ("31-02-2027 No such day", "Republic Day", "26-01-2027", "", "1-1-2027 A\n01-01-2027 A"):
        with pytest.raises(Refused) as refusal:
            holidays.read(wrong)
        assert refusal.value.fields["lines"]


def test_the_centre_keeps_the_nations_holidays_and_a_state_its_own(world: World) -> None:
    year = today().year + 1
    centre, state, ministry = (world.client(p) for p in (world.reviewer, world.nodal, world.ministry))
    paste = {"act": "paste", "lines": f"26-01-{year} Republic Day\n02-10-{year} Gandhi Jayanti"}
    assert centre.post(f"/reports/holidays/IN/?year={year}", paste).status_code == 302
    assert ministry.post("/reports/holidays/IN/", paste).status_code == 403
    assert state.get("/reports/holidays/IN/").status_code == 404
    own = {"act": "add", "day": f"{year}-11-01", "name": "State Day"}
    assert state.post("/reports/holidays/KL/", own).status_code == 302
    for _twice in range(2):
        again = own | {"name": "Day of the State"}
        assert state.post("/reports/holidays/KL/", again).status_code == 302
    assert state.post("/reports/holidays/MH/", own).status_code == 404
    text = state.get(f"/reports/holidays/KL/?year={year}").content.decode()
    assert (
        "Republic Day" in text and "State Day" in text and text.count('<th scope="row">Day of the State') == 1
    )
    assert "Day of the State" not in centre.get(f"/reports/holidays/MH/?year={year}").content.decode()
    assert schedules.holidays(world.kl) == {date(year, 1, 26), date(year, 10, 2), date(year, 11, 1)}
    nations = Holiday.objects.get(name="Republic Day")
    assert state.post("/reports/holidays/KL/", {"act": "remove", "holiday": nations.pk}).status_code == 422
    for mine in Holiday.objects.filter(state=world.kl):
        assert date(year, 11, 1) in schedules.holidays(world.kl)
        assert state.post("/reports/holidays/KL/", {"act": "remove", "holiday": mine.pk}).status_code == 302
    mixed = {"act": "paste", "lines": "tomorrow Festival\n14-04-2027 Vishu\n15-08-2027 ???????"}
    assert 'name="set_aside"' in state.post("/reports/holidays/KL/", mixed).content.decode()
    left = state.post("/reports/holidays/KL/", mixed | {"set_aside": "1"}).content.decode()
    assert "tomorrow Festival" in left and "???????" in left and "Vishu" not in left
    assert Holiday.objects.filter(name="Vishu").delete()[0] == 1
    bad = state.post("/reports/holidays/KL/", {"act": "paste", "lines": "tomorrow Festival"})
    assert bad.status_code == 422 and "Line 1" in bad.content.decode()
    assert Holiday.objects.filter(state=world.kl).count() == 0
    assert Entry.objects.filter(verb="holiday.remove", actor=world.nodal).count() == 2
