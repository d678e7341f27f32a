"""One change to many ULBs' modules at once, and what became of each."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from nudm.core.errors import Refused
from nudm.core.money import indian
from states.models import State
from ulbs.actions.rollout import Answer, Edit, save_cells
from ulbs.models import Deployment, Ulb

AT_ONCE = 3000


@transaction.atomic
def change_many(
    state: State,
    ulbs: Sequence[Ulb],
    modules: Iterable[str],
    changes: Mapping[str, Any],
    *,
    seen: datetime | None,
    by: Any,
) -> list[Answer]:
    """Set `changes` in these modules of these ULBs; what passes is saved, each of the others says why.

    `seen` is when the person opened the form: what another officer saved since then is not overwritten
    (None: never mind). In `live_url` the words {code}, {module} and {tenant} stand for the LGD code, the
    module's and the tenant's. Raises NotAllowed, and Refused when it is too much for one go.
    """
    codes = list(modules)
    if len(ulbs) * len(codes) > AT_ONCE:
        told = {"n": indian(len(ulbs) * len(codes)), "most": indian(AT_ONCE)}
        words = _(
            "These are %(n)s cells; at most %(most)s go at once. Choose fewer modules or narrow the filter."
        )
        raise Refused(words % told, code="too_many", fields={"modules": [words % told]})
    versions = _versions(ulbs, codes, seen, by)
    bad: dict[tuple[int, str], Answer] = {}
    edits = []
    for ulb in ulbs:
        for code in codes:
            edit = Edit(ulb.pk, code, _filled(changes, ulb, code), versions.get((ulb.pk, code), 0))
            wrong = _wrong_address(edit)
            if wrong:
                bad[ulb.pk, code] = Answer(edit, "refused", {"live_url": [wrong]})
            edits.append(edit)
    good = [edit for edit in edits if (edit.ulb, edit.module) not in bad]
    answers = {(a.edit.ulb, a.edit.module): a for a in save_cells(state, good, by=by)} | bad
    return [answers[edit.ulb, edit.module] for edit in edits]


def _versions(
    ulbs: Sequence[Ulb], codes: Sequence[str], seen: datetime | None, by: Any
) -> dict[tuple[int, str], int]:
    """The versions to hold the cells to: one that cannot be where another officer saved after `seen`."""
    cells = Deployment.objects.filter(ulb__in=[ulb.pk for ulb in ulbs], module__in=codes)
    found = {}
    for ulb, module, version, at, who in cells.values_list(
        "ulb", "module", "version", "changed_at", "changed_by"
    ):
        stale = seen is not None and at > seen and who != by.pk
        found[ulb, module] = -1 if stale else version
    return found


def _filled(changes: Mapping[str, Any], ulb: Ulb, code: str) -> dict[str, Any]:
    address = changes.get("live_url")
    if not address:
        return dict(changes)
    for word, value in (("code", ulb.lgd_code), ("module", code.lower()), ("tenant", ulb.tenant_code)):
        address = address.replace(f"{{{word}}}", str(value))
    return {**changes, "live_url": address}


def _wrong_address(edit: Edit) -> str:
    if not edit.changes.get("live_url"):
        return ""
    try:
        Deployment._meta.get_field("live_url").run_validators(edit.changes["live_url"])
    except ValidationError as error:
        return " ".join(error.messages)
    return ""
