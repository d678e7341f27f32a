"""Demonstration answers: lines, their evidence, records and history over a year."""

import hashlib
from datetime import date, datetime
from functools import partial
from typing import Any

from django.core.files.base import ContentFile
from django.db import models

from nudm.core.arrival import FileStatus
from nudm.core.dates import day_of
from phases.actions.records import kept_of
from phases.catalogue import Line, catalogue
from phases.models import Citation, DueDate, Evidence, Item, Step
from phases.records import KINDS, RecordKind
from phases.rules import Status
from reports.demo.year import Year
from states.models import Post, State

# Who makes which move, and in which post.
By = dict[str, tuple[Any, Post]]
LETTERS = (
    "Government order (demo)",
    "Signed agreement (demo)",
    "Report (demo)",
    "Minutes of the review (demo)",
)
REMARK = "Done as the attached letter says. (Demonstration text.)"
ANSWER = "Page 3 of the attached order is missing. Upload the whole order. (Demonstration text.)"


def tell(year: Year, state: State, level: float, nodal: Post, reviewer: Post) -> dict[int, int]:
    """Answers of one state at `level`: what lies behind is accepted, what lies ahead is not started. Of each
    stage whose lines are all accepted by now, how many days ago the last of them was."""
    asked = [asked for asked in catalogue().lines() if asked.kind == "attested"]
    done = round(len([x for x in asked if x.stage <= 3]) * min(level / 3, 1))
    accepted: dict[int, int] = {}
    if not done and level <= 0.05:
        return accepted
    who, centre = (post.appointments.get().person for post in (nodal, reviewer))
    office, centres = (who, nodal), (centre, reviewer)
    by: By = {"start": office, "submit": office, "accept": centres, "return": centres}
    letters = _letters(year, state, who, nodal)
    for place, answered in enumerate(asked):
        ahead = place - done
        if ahead >= 3 or (answered.stage == 4 and level < 2.9):
            break
        ago = (
            max(2, round(330 * (1 - place / max(done, 1))))
            if ahead < 0
            else 5 + (state.lgd_code * 7 + ahead * 11) % 38
        )
        _records(year, state, answered, letters, ago + 20, who)
        item = Item(state=state, code=answered.code, stage=answered.stage, remark=REMARK)
        letter = letters[min(len(letters) * place // max(done, 1), len(letters) - 1)]
        line = _Line(year, item, letter, by)
        line.tell(_status(ahead, state.lgd_code), ago)
        accepted[answered.stage] = ago
    if level > 0.6:
        _records(year, state, catalogue().line("1.pilots_identified"), letters, 200, who)
    begun = asked[done].stage if done < len(asked) else 5
    return {stage: ago for stage, ago in accepted.items() if stage < begun}


def _status(ahead: int, seed: int) -> Status:
    if ahead < 0:
        return Status.ACCEPTED
    around = (Status.UNDER_REVIEW, Status.RETURNED, Status.IN_PROGRESS)
    return around[(seed + ahead) % 3]


def _letters(year: Year, state: State, who: Any, post: Post) -> list[Evidence]:
    """A letter for each quarter of the lines, uploaded before the first of them is started."""
    letters = []
    for number, title in enumerate(LETTERS):
        ago = round(330 * (1 - number / len(LETTERS))) + 27
        letter = Evidence(
            state=state,
            title=title,
            letter_number=f"{100 + state.lgd_code}/{number + 1}/2026",
            letter_date=year.day(ago + 5),
            name=f"letter-{number + 1}.pdf",
            mime="application/pdf",
            uploaded_by=who,
            uploaded_as=post,
            status=FileStatus.ACCEPTED.value,
        )
        year.tell(year.at(ago), partial(_upload, letter, year.at(ago)))
        letters.append(letter)
    return letters


def _upload(letter: Evidence, at: datetime) -> list[Evidence]:
    content = demo_pdf(f"{letter.title}: {letter.state.name}")
    letter.size, letter.sha256 = len(content), hashlib.sha256(content).hexdigest()
    letter.file.save(letter.name, ContentFile(content), save=False)
    letter.save()
    letter.uploaded_at = at
    return [letter]


def _records(year: Year, state: State, answered: Line, letters: list[Evidence], ago: int, who: Any) -> None:
    for slug in answered.record:
        year.tell(year.at(ago), partial(_record, state, KINDS[slug], letters[0], year.at(ago), who))


def _record(state: State, kind: RecordKind, letter: Evidence, at: datetime, who: Any) -> list[Any]:
    on = day_of(at)
    made = kind.model._default_manager.create(
        state=state,
        kind=kind.slug,
        letter_number=letter.letter_number,
        letter_date=letter.letter_date,
        document=letter,
        complete=True,
        version=1,
        saved_by=who,
        **{name: sample(kind.model, name, on) for name in kind.required},
    )
    made.saved_at = at
    return kept_of(made, rows_of(kind, made, on))


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


class _Line:
    """A line of the checklist, and the moves that lead to where it is."""

    def __init__(self, year: Year, item: Item, letter: Evidence, by: By) -> None:
        self.year, self.item, self.letter, self.by = year, item, letter, by

    def tell(self, status: Status, ago: int) -> None:
        """How it comes to `status`, in which it is since so many days."""
        if status is not Status.ACCEPTED:
            self.item.due = self.year.day(ago - 60)
        moves = [("start", Status.IN_PROGRESS, ago + 9)]
        if status is not Status.IN_PROGRESS:
            sent = ago if status is Status.UNDER_REVIEW else ago + 3
            moves.append(("submit", Status.UNDER_REVIEW, sent))
        if status in {Status.ACCEPTED, Status.RETURNED}:
            moves.append(("accept" if status is Status.ACCEPTED else "return", status, ago))
        for name, to, days in moves:
            self.year.tell(self.year.at(days), partial(self._move, name, to, self.year.at(days)))

    def _move(self, name: str, to: Status, at: datetime) -> list[Any]:
        item, source, (who, post) = self.item, self.item.status, self.by[name]
        item.status, item.since, item.version = to.value, at, item.version + 1
        beside: list[Any] = []
        if to is Status.IN_PROGRESS:
            item.save()
            beside = self._beside(at, who)
        elif to is Status.UNDER_REVIEW:
            item.submitted_by, item.submitted_at = who, at
        else:
            item.reviewed_by = who
            if to is Status.ACCEPTED:
                item.first_accepted_at, item.catalogue_version = at, catalogue().version
            else:
                item.answer, item.answer_reason = ANSWER, "incomplete"
        step = Step(
            item=item,
            state=item.state,
            move=name,
            source=source,
            to=to.value,
            by=who,
            post=post,
            at=at,
            note=item.answer,
            reason=item.answer_reason,
            saw={"remark": REMARK, "evidence": [[self.letter.pk, self.letter.sha256]]},
            catalogue_version=catalogue().version,
        )
        return [item, step, *beside]

    def _beside(self, at: datetime, who: Any) -> list[Any]:
        """The letter that the line cites and its target date, both from the day it was started."""
        cited = Citation(item=self.item, evidence=self.letter, by=who, at=at)
        if self.item.due is None:
            return [cited]
        asked = {"asked_by": who, "asked_at": at, "granted_by": who, "answered_at": at}
        return [cited, DueDate(item=self.item, due=self.item.due, **asked)]


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
