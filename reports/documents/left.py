"""What has left the counts of a State/UT, and the gates that were passed shut, in the monthly report."""

from django.utils.translation import gettext as _

from nudm.core.dates import day_of
from reports.documents.facts import Facts
from reports.documents.parts import DATE, Part, column, table
from ulbs.actions.exclusions import IN_FORCE


def left_tables(now: Facts) -> list[Part]:
    """Two tables, each only where it has a row: who left a count and why; which gate was passed shut."""
    left = [
        [
            day_of(row.answered_at or row.asked_at),
            f"{row.name} ({row.lgd_code})",
            str(row.get_what_display()),
            str(row.get_status_display()),
            row.reason,
        ]
        for row in now.exclusions
        if row.status in IN_FORCE
    ]
    names = {ulb.pk: f"{ulb.label} ({ulb.lgd_code})" for ulb in now.ulbs}
    passed = [
        [
            day_of(row.at),
            names.get(row.ulb_id or 0) or (_("Batch %(n)s") % {"n": row.batch} if row.batch else ""),
            str(row.get_gate_display()),
            row.shut_words,
            row.reason,
        ]
        for row in now.overrides
    ]
    found = []
    if left:
        columns = [
            column(_("Date"), DATE, 2),
            column(_("Left out of the counts"), width=4),
            column(_("What leaves"), width=3),
            column(_("Status"), width=2),
            column(_("Reason"), width=4),
        ]
        found.append(table(columns, left))
    if passed:
        columns = [
            column(_("Date"), DATE, 2),
            column(_("Gate passed although it was shut"), width=4),
            column(_("Gate"), width=3),
            column(_("What kept it shut"), width=4),
            column(_("Reason"), width=4),
        ]
        found.append(table(columns, passed))
    return found
