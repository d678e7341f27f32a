"""Demonstration answers: lines, their evidence, records, history and closed stages over a year."""

import hashlib
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.db import models
from django.utils import timezone

from phases.catalogue import Line, catalogue
from phases.models import Citation, Closure, DueDate, Evidence, Item, Step
from phases.progress import progress_of
from phases.records import KINDS, RecordKind
from phases.rules import FileStatus, Status
from states.models import Post, State

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
    lines = [line for line in catalogue().lines() if line.kind == "attested"]
    done = round(len([x for x in lines if x.stage <= 3]) * min(level / 3, 1))
    letters = _letters(state, who, nodal, today) if done or level > 0.05 else []
    for place, line in enumerate(lines):
        ahead = place - done
        if ahead >= 3 or not letters or (line.stage == 4 and level < 2.9):
            break
        status = _status(ahead, state.lgd_code)
        ago = (
            max(2, round(330 * (1 - place / max(done, 1))))
            if ahead < 0
            else 5 + (state.lgd_code * 7 + ahead * 11) % 38
        )
        _record(state, line, letters, today - timedelta(days=ago + 20), who)
        _answer(
            state,
            line,
            status,
            letters[place % len(letters)],
            _at(today, ago),
            (who, nodal),
            (centre, reviewer),
        )
    if level > 0.6 and letters:
        approach = catalogue().line("1.pilots_identified")
        _record(state, approach, letters, today - timedelta(days=200), who)
    _close(state, today, centre, reviewer)


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


def _record(state: State, line: Line, letters: list[Evidence], on: date, who: Any) -> None:
    for slug in line.record:
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
        rows_of(kind, made, on)


def sample(model: type[models.Model], name: str, on: date) -> Any:
    field = model._meta.get_field(name)
    if isinstance(field, models.DateField):
        return on
    return field.choices[0][0] if field.choices else "Demonstration"


def rows_of(kind: RecordKind, record: Any, on: date) -> None:
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
    if kind.rows is not None:
        for values in samples[kind.slug]:
            kind.rows._default_manager.create(record=record, **values)


def _answer(
    state: State,
    line: Line,
    status: Status,
    letter: Evidence,
    at: datetime,
    nodal: tuple[Any, Post],
    centre: tuple[Any, Post],
) -> None:
    accepted, sent = status is Status.ACCEPTED, status is not Status.IN_PROGRESS
    version = catalogue().version
    item = Item.objects.create(
        state=state,
        code=line.code,
        stage=line.stage,
        status=status.value,
        remark=REMARK,
        version=3 if sent else 1,
        since=at,
        submitted_by=nodal[0] if sent else None,
        submitted_at=at - timedelta(days=3) if sent else None,
        reviewed_by=centre[0] if status in {Status.ACCEPTED, Status.RETURNED} else None,
        first_accepted_at=at if accepted else None,
        catalogue_version=version if accepted else "",
        answer=ANSWER if status is Status.RETURNED else "",
        answer_reason="incomplete" if status is Status.RETURNED else "",
        due=None if accepted else (at + timedelta(days=60)).date(),
    )
    Citation.objects.create(item=item, evidence=letter, by=nodal[0])
    if item.due is not None:
        DueDate.objects.create(
            item=item, due=item.due, asked_by=nodal[0], granted_by=nodal[0], answered_at=at
        )
    moves = [("start", Status.NOT_STARTED, Status.IN_PROGRESS, nodal, at - timedelta(days=9))]
    if sent:
        sent_at = at if status is Status.UNDER_REVIEW else at - timedelta(days=3)
        moves.append(("submit", Status.IN_PROGRESS, Status.UNDER_REVIEW, nodal, sent_at))
    if status in {Status.ACCEPTED, Status.RETURNED}:
        moves.append(("accept" if accepted else "return", Status.UNDER_REVIEW, status, centre, at))
    Step.objects.bulk_create(
        Step(
            item=item,
            state=state,
            move=name,
            source=source.value,
            to=to.value,
            by=by[0],
            post=by[1],
            at=when,
            note=ANSWER if to is Status.RETURNED else "",
            reason="incomplete" if to is Status.RETURNED else "",
            saw={"remark": REMARK, "evidence": [[letter.pk, letter.sha256]]},
            catalogue_version=version,
        )
        for name, source, to, by, when in moves
    )


def _close(state: State, today: date, centre: Any, reviewer: Post) -> None:
    for number in (1, 2, 3):
        seen = progress_of([state])[state.pk].stages[number - 1]
        if not seen.gate_open:
            break
        last = Item.objects.filter(state=state, stage=number).aggregate(at=models.Max("since"))["at"]
        Closure.objects.create(
            state=state,
            stage=number,
            by=centre,
            post=reviewer,
            at=min(last + timedelta(days=4), _at(today, 1)),
            saw={line.code: truth.value for line, truth in seen.criteria},
            catalogue_version=catalogue().version,
        )


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
