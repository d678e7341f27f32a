"""What stands against taking an import back."""

from collections.abc import Iterable

from django.db.models import Model
from django.utils.translation import gettext as _

from nudm.core.errors import Refused

SHOWN = 5


def bar(rows: Iterable[Model], *, removed: bool) -> None:
    """Refuse when rows were changed, came into use or were removed since. Nothing has been done by then."""
    names = sorted({str(row) for row in rows})
    if not names and not removed:
        return
    told = ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "") or _("rows taken away")
    raise Refused(
        _("This cannot be taken back any more; changed or in use since: %(rows)s. Correct them one by one.")
        % {"rows": told},
        code="in_use",
    )
