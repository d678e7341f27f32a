"""The stage report and the national summary as parts, from their frozen content."""

from typing import Any

from django.utils.translation import gettext as _

from nudm.core.dates import show
from reports.documents.parts import INT, SHARE, Part, column, section, table


def sections_of(content: dict[str, Any]) -> list[Part]:
    """The parts of any frozen report: those it holds, or those that its figures make."""
    if "sections" in content:
        held: list[Part] = content["sections"]
        return held
    return _progress(content) if content["kind"] == "progress" else _national(content)


def _progress(content: dict[str, Any]) -> list[Part]:
    stages = [
        [
            s["number"],
            s["title"],
            s["status_words"],
            [s["met"], s["total"]] if s["total"] else None,
            s["outcomes"],
            s.get("closed_on", ""),
        ]
        for s in content["stages"]
    ]
    criteria = [
        [stage["number"], one["number"], one["text"], one["words"]]
        for stage in content["stages"]
        for one in stage["criteria"]
    ]
    moved = content.get("moved", {})
    columns = [
        column(_("Stage")),
        column(_("Name"), width=5),
        column(_("Status"), width=2),
        column(_("Criteria met"), SHARE, 2),
        column(_("Outcomes met"), SHARE, 2),
        column(_("Closed on"), width=2),
    ]
    lines = [
        [line["ref"], line["text"], line["words"], line["since"]]
        for stage in content["stages"]
        for line in stage["lines"]
    ]
    shut = [
        [stage["number"], b["text"], b["status"], b["party"], b["days"]]
        for stage in content["stages"]
        for b in stage["blockers"]
    ]
    slipped = [
        [stage["number"], one["text"], one["reason"]]
        for stage in content["stages"]
        for one in stage.get("slipped", ())
    ]
    undone = [
        [stage["number"], one["closed_on"], one["undone_on"], one["reason"]]
        for stage in content["stages"]
        for one in stage.get("undone", ())
    ]
    since = [section("since_closing", _("Since closing"), slipped_table(slipped))] if slipped else []
    if undone:
        since.append(section("undone", _("Closures that were undone"), undone_table(undone)))
    towns = [[row["words"], [row["n"], row["of"]]] for row in content["towns"]]
    return [
        section("stages", _("Stages"), table(columns, stages)),
        section(
            "moved",
            _("Since %(day)s, by the day of acceptance and of going live") % {"day": content["since"]},
            table(
                [column(_("Lines accepted"), INT), column(_("ULBs live"), INT)],
                [[moved.get("accepted"), moved.get("live")]],
            ),
        ),
        *since,
        section(
            "completion",
            _("Completion criteria"),
            table(
                [
                    column(_("Stage")),
                    column(_("No.")),
                    column(_("Criterion"), width=6),
                    column(_("Met"), width=2),
                ],
                criteria,
            ),
        ),
        section(
            "attention",
            _("Why the gate is shut"),
            table(
                [
                    column(_("Stage")),
                    column(_("Line"), width=6),
                    column(_("Status"), width=2),
                    column(_("With"), width=2),
                    column(_("Days"), INT),
                ],
                shut,
                empty=_("Nothing keeps an open stage's gate shut."),
            ),
        ),
        section(
            "lines",
            _("Inputs and outcomes"),
            table(
                [
                    column(_("No.")),
                    column(_("Line"), width=6),
                    column(_("Status"), width=2),
                    column(_("Since"), width=2),
                ],
                lines,
            ),
        ),
        section(
            "towns",
            _("Roll-out in the ULBs"),
            table([column(_("Measure"), width=5), column(_("Count"), SHARE, 2)], towns),
            bars=[(row["words"], row["n"], row["of"]) for row in content["towns"]],
        ),
    ]


def _met(stage: dict[str, Any]) -> str:
    return f"{stage['met']}/{stage['total']}" if stage.get("total") else ""


def _in_brackets(stage: dict[str, Any]) -> str:
    return f"({stage['slipped_words']})" if stage.get("slipped_words") else ""


def slipped_table(rows: list[list[Any]]) -> Part:
    """Stage, criterion and why it no longer holds, of stages that are closed."""
    return table(
        [
            column(_("Stage")),
            column(_("Completion criterion that no longer holds"), width=5),
            column(_("Because"), width=6),
        ],
        rows,
    )


def undone_table(rows: list[list[Any]]) -> Part:
    """Stage, day of closing, day of undoing and the reason, of closures that were undone."""
    return table(
        [
            column(_("Stage")),
            column(_("Closed on"), width=2),
            column(_("Undone on"), width=2),
            column(_("Reason"), width=6),
        ],
        rows,
    )


def since_closing(stages: Any, language: str) -> list[Part]:
    """The tables of what has become of closings since, where anything has: of the stages' progress."""
    slipped = [
        [stage.number, one.line.text.in_(language), one.reason] for stage in stages for one in stage.slipped
    ]
    undone = [
        [stage.number, show(one.closed_on), show(one.undone_on), one.reason]
        for stage in stages
        for one in stage.undone
    ]
    return [*([slipped_table(slipped)] if slipped else []), *([undone_table(undone)] if undone else [])]


def _national(content: dict[str, Any]) -> list[Part]:
    rows = [
        [
            row["name"],
            *(" ".join(filter(None, [_met(s), s["words"], _in_brackets(s)])) for s in row["stages"]),
            row["live"],
            row["party"],
            row["days"],
            row["moved"],
        ]
        for row in content["rows"]
    ]
    columns = [
        column(_("State/UT"), width=4),
        *(column(_("Stage %(n)s") % {"n": n}, width=2) for n in (1, 2, 3, 4)),
        column(_("ULBs live"), SHARE, 2),
        column(_("Pending with"), width=2),
        column(_("Days"), INT),
        column(_("Lines accepted"), INT),
    ]
    left = [f"{row['name']}: {row['left']}" for row in content["rows"] if row.get("left")]
    whole = content["states_total"]
    bars = [
        (_("Stage %(n)s complete") % {"n": n}, done, whole) for n, done in enumerate(content["complete"], 1)
    ]
    bars.append((_("ULBs live"), *content["live"]))
    totals = table(
        [column(_("Measure"), width=5), column(_("Count"), SHARE, 2)],
        [[label, [n, of]] for label, n, of in bars],
    )
    accepted = _("Lines accepted: since %(day)s, by the day of acceptance.") % {"day": content["since"]}
    return [
        section("nation", _("All States/UTs"), totals),
        section(
            "states", _("States/UTs"), table(columns, rows), bars=bars, wide=True, text=[accepted, *left]
        ),
    ]
