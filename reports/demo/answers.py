"""Demonstration answers: lines, their evidence, records, history and closed stages over a year."""

import hashlib
from copy import copy
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.db import models
from django.utils import timezone

from nudm.core.arrival import FileStatus
from phases.actions.records import kept_of
from phases.catalogue import Line, catalogue
from phases.models import Citation, Closure, DueDate, Evidence, Item, Record, Step
from phases.progress import progress_of
from phases.records import KINDS, RecordKind
from phases.rules import Status
from states.models import Past, Post, State
from states.past import held, line

Told = list[tuple[datetime, models.Model]]
LETTERS = (
    "Government order (demo)",
    "Signed agreement (demo)",
    "Report (demo)",
    "Minutes of the review (demo)",
)
REMARK = "Done as the attached letter says. (Demonstration text.)"
ANSWER = "Page 3 of the attached order is missing. Upload the whole order. (Demonstration text.)"


def build(state: State, level: float, today: date, nodal: Post, reviewer: Post) -> None:
    """Answers of one state at `level`: what lies behind is accepted, what lies ahead is not started."""
    who = nodal.appointments.get().person
    centre = reviewer.appointments.get().person
    asked = [asked for asked in catalogue().lines() if asked.kind == "attested"]
    done = round(len([x for x in asked if x.stage <= 3]) * min(level / 3, 1))
    letters = _letters(state, who, nodal, today) if done or level > 0.05 else []
    told: Told = []
    for place, answered in enumerate(asked):
        ahead = place - done
        if ahead >= 3 or not letters or (answered.stage == 4 and level < 2.9):
            break
        status = _status(ahead, state.lgd_code)
        ago = (
            max(2, round(330 * (1 - place / max(done, 1))))
            if ahead < 0
            else 5 + (state.lgd_code * 7 + ahead * 11) % 38
        )
        told += _record(state, answered, letters, _at(today, ago + 20), who)
        told += _answer(
            state,
            answered,
            status,
            letters[place % len(letters)],
            _at(today, ago),
            (who, nodal),
            (centre, reviewer),
        )
    if level > 0.6 and letters:
        told += _record(state, catalogue().line("1.pilots_identified"), letters, _at(today, 200), who)
    told += _close(state, today, centre, reviewer)
    told.sort(key=lambda one: one[0])
    Past.objects.bulk_create([line(row, at, held(row)) for at, row in told], batch_size=1000)


def _status(ahead: int, seed: int) -> Status:
    if ahead < 0:
        return Status.ACCEPTED
    around = (Status.UNDER_REVIEW, Status.RETURNED, Status.IN_PROGRESS)
    return around[(seed + ahead) % 3]


def _at(today: date, ago: int) -> datetime:
    return timezone.make_aware(datetime.combine(today - timedelta(days=ago), time(11, 20)))


def _letters(state: State, who: Any, post: Post, today: date) -> list[Evidence]:
    found = []
    for number, title in enumerate(LETTERS):
        content = demo_pdf(f"{title}: {state.name}")
        row = Evidence(
            state=state,
            title=title,
            letter_number=f"{100 + state.lgd_code}/{number + 1}/2026",
            letter_date=today - timedelta(days=300 - 40 * number),
            name=f"letter-{number + 1}.pdf",
            mime="application/pdf",
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            uploaded_by=who,
            uploaded_as=post,
            status=FileStatus.ACCEPTED.value,
        )
        row.file.save(row.name, ContentFile(content), save=False)
        row.save()
        found.append(row)
    return found


def _record(state: State, answered: Line, letters: list[Evidence], at: datetime, who: Any) -> Told:
    on = at.date()
    told: Told = []
    for slug in answered.record:
        kind = KINDS[slug]
        values = {name: sample(kind.model, name, on) for name in kind.required}
        made = kind.model._default_manager.create(
            state=state,
            kind=slug,
            letter_number=letters[0].letter_number,
            letter_date=letters[0].letter_date,
            document=letters[0],
            complete=True,
            version=1,
            saved_by=who,
            **values,
        )
        made.saved_at = at
        Record.objects.filter(pk=made.pk).update(saved_at=at)
        told += [(at, row) for row in kept_of(made, rows_of(kind, made, on))]
    return told


def sample(model: type[models.Model], name: str, on: date) -> Any:
    field = model._meta.get_field(name)
    if isinstance(field, models.DateField):
        return on
    return field.choices[0][0] if field.choices else "Demonstration"


def rows_of(kind: RecordKind, record: Any, on: date) -> list[models.Model]:
    samples: dict[str, list[dict[str, Any]]] = {
        "engagement": [
            {"role": "Project manager", "count": 1, "since": on},
            {"role": "Trainer", "count": 4, "since": on},
        ],
        "gap_report": [{"area": "process", "description": "Demand notices are written by hand (demo)"}],
        "procurement": [{"thing": "Servers (demo)", "ordered_on": on, "installed_on": on}],
        "finance": [
            {
                "head": "Platform and support (demo)",
                "amount": "450.00",
                "unit": "lakh",
                "source": "State budget",
            }
        ],
        "modules": [{"module": "PGR", "priority": 1}, {"module": "MCOLLECT", "priority": 2}],
    }
    if kind.rows is None:
        return []
    return [kind.rows._default_manager.create(record=record, **values) for values in samples[kind.slug]]


def _answer(
    state: State,
    answered: Line,
    status: Status,
    letter: Evidence,
    at: datetime,
    nodal: tuple[Any, Post],
    centre: tuple[Any, Post],
) -> Told:
    """A line with the steps that led to where it is, and what it held after each."""
    version = catalogue().version
    began = at - timedelta(days=9)
    item = Item(
        state=state,
        code=answered.code,
        stage=answered.stage,
        status=Status.IN_PROGRESS.value,
        remark=REMARK,
        version=1,
        since=began,
        due=None if status is Status.ACCEPTED else (at + timedelta(days=60)).date(),
    )
    stood = [copy(item)]
    moves = [("start", Status.NOT_STARTED, Status.IN_PROGRESS, nodal, began)]
    if status is not Status.IN_PROGRESS:
        sent = at if status is Status.UNDER_REVIEW else at - timedelta(days=3)
        item.status, item.version, item.since = Status.UNDER_REVIEW.value, 2, sent
        item.submitted_by, item.submitted_at = nodal[0], sent
        moves.append(("submit", Status.IN_PROGRESS, Status.UNDER_REVIEW, nodal, sent))
        stood.append(copy(item))
    if status in {Status.ACCEPTED, Status.RETURNED}:
        item.status, item.version, item.since, item.reviewed_by = status.value, 3, at, centre[0]
        if status is Status.ACCEPTED:
            item.first_accepted_at, item.catalogue_version = at, version
        else:
            item.answer, item.answer_reason = ANSWER, "incomplete"
        name = "accept" if status is Status.ACCEPTED else "return"
        moves.append((name, Status.UNDER_REVIEW, status, centre, at))
        stood.append(copy(item))
    item.save()
    for row in stood:
        row.pk = item.pk
    told: Told = [(row.since, row) for row in stood]
    Step.objects.bulk_create(_step(item, letter, *move) for move in moves)
    return told + _beside(item, letter, began, nodal[0])


def _step(
    item: Item, letter: Evidence, name: str, source: Status, to: Status, by: tuple[Any, Post], at: datetime
) -> Step:
    return Step(
        item=item,
        state=item.state,
        move=name,
        source=source.value,
        to=to.value,
        by=by[0],
        post=by[1],
        at=at,
        note=ANSWER if to is Status.RETURNED else "",
        reason="incomplete" if to is Status.RETURNED else "",
        saw={"remark": REMARK, "evidence": [[letter.pk, letter.sha256]]},
        catalogue_version=catalogue().version,
    )


def _beside(item: Item, letter: Evidence, at: datetime, who: Any) -> Told:
    """The letter that the line cites and its target date, both from the day it was started."""
    cited = Citation.objects.create(item=item, evidence=letter, by=who)
    cited.at = at
    Citation.objects.filter(pk=cited.pk).update(at=at)
    told: Told = [(at, cited)]
    if item.due is not None:
        asked = {"asked_by": who, "asked_at": at, "granted_by": who, "answered_at": at}
        told.append((at, DueDate.objects.create(item=item, due=item.due, **asked)))
    return told


def _close(state: State, today: date, centre: Any, reviewer: Post) -> Told:
    told: Told = []
    for number in (1, 2, 3):
        seen = progress_of([state])[state.pk].stages[number - 1]
        if not seen.gate_open:
            break
        last = Item.objects.filter(state=state, stage=number).aggregate(at=models.Max("since"))["at"]
        closure = Closure.objects.create(
            state=state,
            stage=number,
            by=centre,
            post=reviewer,
            at=min(last + timedelta(days=4), _at(today, 1)),
            saw={line.code: truth.value for line, truth in seen.criteria},
            catalogue_version=catalogue().version,
        )
        told.append((closure.at, closure))
    return told


def demo_pdf(words: str) -> bytes:
    """A one-page PDF with one line of text, written by hand."""
    text = f"BT /F1 18 Tf 60 760 Td ({words}) Tj ET".encode("latin-1", "replace")
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length " + str(len(text)).encode() + b" >>\nstream\n" + text + b"\nendstream",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n".encode() + part + b"\nendobj\n"
    table = b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    start = len(body)
    return (
        body
        + f"xref\n0 {len(parts) + 1}\n0000000000 65535 f \n".encode()
        + table
        + f"trailer << /Size {len(parts) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    )
