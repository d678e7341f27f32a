"""Every ULB of a state by module: the annexure of the monthly report, and a report of its own."""

from itertools import repeat

from django.utils.translation import gettext as _

from nudm.core.money import indian
from reports.documents.facts import Facts, no_ulb
from reports.documents.parts import DATE, TEXT, Part, column, section, table
from ulbs.catalogue import modules


def annexure(now: Facts, language: str) -> Part:
    """Every ULB that counts, with what it has reached and the step of each module."""
    title = _("Annexure: ULB by module")
    if not now.ulbs:
        return section("annexure", title, table([], [], empty=no_ulb()))
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
        _("ULBs: %(n)s") % {"n": indian(len(rows))},
        None,
        None,
        None,
        sum(bool(u.live_on) for u in now.ulbs),
    ]
    # In hundredths of the page with all modules: each as wide as its code.
    marks = [max(4, len(code) - 2) for code in now.modules]
    columns = [
        column(_("LGD code"), width=5),
        column(_("ULB"), width=max(12, min(30, 72 - sum(marks)))),
        column(_("Batch"), width=5),
        column(_("Data validated"), DATE, 6),
        column(_("UAT signed off"), DATE, 6),
        column(_("Live"), DATE, 6),
        *map(column, now.modules, repeat(TEXT), marks),
    ]
    whole = [*total, *(f"{indian(ratio.n)} / {indian(ratio.of)}" for ratio in live)]
    names = ", ".join(f"{code} {modules()[code].in_(language)}" for code in now.modules)
    legend = _("✓ live, ◷ UAT signed off, ◐ in preparation, ○ planned, – not planned, ✕ withdrawn.")
    text = [legend, _("Modules: %(names)s.") % {"names": names}] if names else []
    return section("annexure", title, table(columns, rows, total=whole), text=text, wide=True)


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
