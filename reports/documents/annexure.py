"""Every ULB of a state by module: the annexure of the monthly report, and a report of its own."""

from django.utils.translation import gettext as _

from reports.documents.facts import Facts
from reports.documents.parts import DATE, Part, column, section, table


def annexure(now: Facts) -> Part:
    """Every ULB that counts, with what it has reached and the step of each module."""
    numbers = {batch.pk: batch.number for batch in now.batches}
    rows = []
    for ulb in now.ulbs:
        place = _("pilot") if ulb.pilot else numbers.get(ulb.batch_id or 0)
        steps = [_mark(now, ulb.pk, code) for code in now.modules]
        rows.append(
            [
                str(ulb.lgd_code),
                ulb.label,
                place,
                ulb.data_validated_on,
                ulb.uat_signed_on,
                ulb.live_on,
                *steps,
            ]
        )
    live = [now.live(code) for code in now.modules]
    total = [
        None,
        _("ULBs: %(n)s") % {"n": len(rows)},
        None,
        None,
        None,
        sum(bool(u.live_on) for u in now.ulbs),
    ]
    columns = [
        column(_("LGD code"), width=2),
        column(_("ULB"), width=4),
        column(_("Batch"), width=1),
        column(_("Data validated"), DATE, 2),
        column(_("UAT signed off"), DATE, 2),
        column(_("Live"), DATE, 2),
        *(column(code) for code in now.modules),
    ]
    whole = [*total, *(f"{ratio.n} / {ratio.of}" for ratio in live)]
    return section(
        "annexure",
        _("Annexure: ULB by module"),
        table(
            columns, rows, total=whole if rows else None, empty=_("This State/UT has no ULB in the register.")
        ),
        text=[_("✓ live, ◷ UAT signed off, ◐ in preparation, ○ planned, – not planned, ✕ withdrawn.")],
        wide=True,
    )


MARKS = {
    "live": "✓",
    "signed_off": "◷",
    "uat": "◐",
    "configured": "◐",
    "validated": "◐",
    "master_data": "◐",
    "not_started": "○",
    "withdrawn": "✕",
    "not_in_scope": "–",
}


def _mark(now: Facts, ulb: int, module: str) -> str:
    cell = now.cells.get((ulb, module))
    return MARKS[cell.step.value if cell is not None else "not_in_scope"]
