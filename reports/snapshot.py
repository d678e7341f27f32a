"""What a report says, frozen as plain JSON: no figure of a PDF comes from anywhere else."""

import hashlib
import json
import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from nudm.core.dates import day_of, financial_year, show, today
from nudm.core.left import left_words
from nudm.core.ratio import Ratio, summed
from nudm.core.templatetags.ui import PARTY_WORDS, STATUS_WORDS
from phases.catalogue import Line, catalogue
from phases.progress import Progress, progress_of
from phases.rules import Truth
from reports.words import no_longer
from states.models import State, by_label

SPAN = timedelta(days=30)


def of_state(state: State, language: str, as_on: date | None = None) -> dict[str, Any]:
    """The state progress report: stages, gates and why they are shut, lines, towns; of a past day, as it
    was known at its end."""
    since = (as_on or today()) - SPAN
    progress = progress_of([state], since=since, as_on=as_on)[state.pk]
    with override(language):
        return {
            "kind": "progress",
            "language": language,
            "title": _("State progress report: %(state)s") % {"state": state.label},
            **_head(progress.day, since),
            "state": {
                "iso": state.iso,
                "lgd_code": state.lgd_code,
                "name": state.label,
            },
            "stages": [_stage(progress, number, language) for number in (1, 2, 3, 4)],
            "towns": _towns(progress),
            "moved": {
                "accepted": progress.accepted_since,
                "live": progress.tallies["all.live_since"].n,
            },
        }


def of_nation(states: Iterable[State], language: str, as_on: date | None = None) -> dict[str, Any]:
    """The national summary: every State/UT by stage, gate, towns live, what is pending with whom; of a past
    day, as it was known at its end."""
    day = as_on or today()
    since = day - SPAN
    with override(language):
        rows = by_label(states)
        seen = progress_of(rows, since=since, as_on=as_on)
        live = [seen[state.pk].live for state in rows]
        return {
            "kind": "national",
            "language": language,
            "title": _("National summary"),
            **_head(day, since),
            "complete": [sum(seen[s.pk].stages[n].status == "complete" for s in rows) for n in range(3)],
            "states_total": len(rows),
            "live": [sum(r.n for r in live), sum(r.of for r in live)],
            "left": left_words(summed(live)),
            "rows": [_row(state, seen[state.pk]) for state in rows],
        }


def canonical(content: dict[str, Any]) -> bytes:
    """The content as canonical JSON: sorted keys, no spaces, UTF-8."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


# What changes with the days alone, and what is counted over the last days: no change of the facts.
BY_DAY = frozenset({"days", "age_days", "days_with", "idle_days", "moved", "last_moved"})
OF_ITS_DAY = frozenset({"as_on", "known_on", "since", "head", "financial_year", "audit"})
A_DAY = re.compile(r"\b\d{2}-\d{2}-\d{4}\b")


def undated(content: dict[str, Any]) -> dict[str, Any]:
    """What a frozen report says of the facts: without its own day, the days that something has waited, and
    what is only counted against another day."""
    return {name: _undated(value) for name, value in content.items() if name not in OF_ITS_DAY}


def _undated(value: Any) -> Any:
    if isinstance(value, list):
        return [_undated(each) for each in value]
    if not isinstance(value, dict):
        return value
    held = {name: _undated(each) for name, each in value.items() if name not in BY_DAY}
    if "columns" in value and "rows" in value:
        drop = {n for n, column in enumerate(value["columns"]) if column.get("by_day")}
        lines = [*value["rows"], *([value["total"]] if value.get("total") else [])]
        held["rows"] = [[cell for n, cell in enumerate(row) if n not in drop] for row in lines]
        held["total"] = None
    if "tables" in value:
        held["text"] = [A_DAY.sub("", words) for words in value.get("text", [])]
    return held


def digest_of(content: dict[str, Any]) -> str:
    """SHA-256 of the canonical JSON."""
    return hashlib.sha256(canonical(content)).hexdigest()


def digest_of_text(text: bytes) -> str:
    """The digest of JSON in any spacing; empty for what is no JSON object."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    return digest_of(content) if isinstance(content, dict) else ""


def _head(day: date, since: date) -> dict[str, str]:
    return {
        "as_on": show(day),
        "financial_year": financial_year(day),
        "since": show(since),
        "catalogue": catalogue().version,
    }


def _stage(progress: Progress, number: int, language: str) -> dict[str, Any]:
    stage = progress.stages[number - 1]
    deck = catalogue().stage(number)
    lines = [line for line in deck.lines if line.section in {"input", "outcome"}]
    return {
        "number": number,
        "title": deck.title.in_(language),
        "status": stage.status,
        "status_words": str(STATUS_WORDS[stage.status]),
        "met": stage.met,
        "total": stage.total,
        "outcomes": [stage.outcomes.n, stage.outcomes.of],
        "closed_on": show(stage.closed_on) if stage.closed_on else "",
        "warning": stage.warning,
        "slipped": [
            {"number": one.line.number, "text": one.line.text.in_(language), "reason": one.reason}
            for one in stage.slipped
        ],
        "undone": [
            {"closed_on": show(one.closed_on), "undone_on": show(one.undone_on), "reason": one.reason}
            for one in stage.undone
        ],
        "criteria": [
            {
                "number": line.number,
                "text": line.text.in_(language),
                "truth": truth.value,
                "words": str(STATUS_WORDS[truth.value]),
            }
            for line, truth in stage.criteria
        ],
        "blockers": [
            {
                "text": b.line.text.in_(language),
                "status": _standing(b.line, b.ratio, b.status.value),
                "party": str(PARTY_WORDS[b.party.value]),
                "days": b.days,
            }
            for b in stage.blockers
        ],
        "lines": [_line(progress, line, language) for line in lines],
    }


def _line(progress: Progress, line: Any, language: str) -> dict[str, str]:
    item, clock = progress.items.get(line.code), progress.clocks[line.code]
    truth = progress.truths[line.code]
    ratio = progress.tallies.get(line.measure) if line.measure else None
    if line.kind == "attested":
        status = item.status if item is not None else "not_started"
    elif line.kind == "measured" and truth is not Truth.NOT_APPLICABLE:
        status = (
            "accepted" if truth is Truth.MET else "in_progress" if ratio and ratio.begun else "not_started"
        )
    else:
        status = truth.value
    return {
        "ref": line.ref,
        "section": line.section,
        "number": line.number,
        "text": line.text.in_(language),
        "status": status,
        "words": str(STATUS_WORDS[status])
        if truth is Truth.NOT_APPLICABLE
        else _standing(line, ratio, status),
        "since": show(clock.since) if item is not None and status != "not_started" and clock.since else "",
    }


def _standing(line: Line, ratio: Ratio | None, status: str) -> str:
    """How a line is: by its count; one that a person attests by its status, with the count beside it."""
    words = str(STATUS_WORDS[status])
    if ratio is None or (line.measure or "").startswith("posts."):
        return words
    counted = {"n": ratio.n, "of": ratio.of}
    if line.kind == "measured":
        return _with_left(_("%(n)s of %(of)s") % counted, ratio)
    return _with_left(_("%(status)s (%(n)s of %(of)s)") % {"status": words, **counted}, ratio)


def _with_left(words: str, ratio: Ratio) -> str:
    """What is counted, with how many have left the count."""
    left = left_words(ratio)
    return f"{words} ({left})" if left else words


def _towns(progress: Progress) -> list[dict[str, Any]]:
    named = [
        (_("Pilot ULBs identified"), "pilot.identified"),
        (_("Pilots: master data started"), "pilot.master_data_started"),
        (_("Pilots: master data validated"), "pilot.master_data_validated"),
        (_("Pilots: UAT signed off"), "pilot.uat_signed_off"),
        (_("Pilots live"), "pilot.live"),
        (_("Other ULBs: master data started"), "rest.master_data_started"),
        (_("All ULBs live"), "all.live"),
    ]
    return [
        {
            "words": _with_left(words, progress.tallies[m]),
            "n": progress.tallies[m].n,
            "of": progress.tallies[m].of,
        }
        for words, m in named
    ]


def _row(state: State, progress: Progress) -> dict[str, Any]:
    return {
        "iso": state.iso,
        "name": state.label,
        "stages": [
            {
                "status": s.status,
                "words": str(STATUS_WORDS[s.status]),
                "met": s.met,
                "total": s.total,
                "slipped": len(s.slipped),
                "slipped_words": no_longer(len(s.slipped)),
            }
            for s in progress.stages
        ],
        "live": [progress.live.n, progress.live.of],
        "left": left_words(progress.live),
        "party": str(PARTY_WORDS[progress.pending_with.value]),
        "days": progress.pending_days,
        "moved": progress.accepted_since,
        "last_moved": show(day_of(progress.last_moved)) if progress.last_moved else "",
    }
