"""The files of the list that hold more than its page has room for: what the register says of each ULB, and
what it is ready with. They obey the same filter, order and day."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nudm.core.tables import Column, Value
from states.access import visible
from states.models import State
from states.past import as_on
from ulbs.matrix import Row
from ulbs.models import TYPE_LABELS, Alias, Fact, Readiness, Ulb
from ulbs.rules.counting import BOTH, COUNTED
from ulbs.views.columns import of_plan

# The facts to which a town gives names.
NAMED = tuple(fact for fact in Fact if fact is not Fact.BASELINE)
TITLES = {"register": gettext_lazy("Register of ULBs"), "readiness": gettext_lazy("Readiness of ULBs")}


def of_file(what: str, user: Any, state: State, day: date | None) -> list[Column]:
    """The columns of one of `TITLES`. One query for what other tables say."""
    if what == "register":
        return of_register(_aliases(user, state, day))
    return of_readiness(_people(user, state, day))


def of_register(aliases: Mapping[int, list[str]]) -> list[Column]:
    """Every fact of a ULB that the register holds; `aliases` by its primary key."""
    types = {code: str(label) for code, label in TYPE_LABELS.items()}
    code, _label, _type, place = of_plan("", choosing=False)
    return [
        code,
        _field("name", head=True, width=32),
        _field("name_local", width=32),
        Column("aliases", _("Other names"), lambda row: "; ".join(aliases.get(row.ulb.pk, ())), width=32),
        _field("type_code", lambda ulb: types.get(ulb.type_code), width=22),
        _field("type_label", width=22),
        _field("district", width=20),
        _field("kind", lambda ulb: ulb.get_kind_display(), width=14),
        _field("population"),
        Column("class", _("Population class"), lambda row: row.ulb.population_class),
        _field("census_code"),
        _field("lgd_version"),
        _field("provisional"),
        _field("tenant_code", width=20),
        place,
        _field("in_scope"),
        _field("scope_reason", lambda ulb: ulb.reason_shown, width=32),
        _field("scope_on"),
        _field("ended", lambda ulb: ulb.get_ended_display(), width=20),
        _field("ended_on"),
    ]


def of_readiness(people: Mapping[tuple[int, str], tuple[str, str]]) -> list[Column]:
    """What is counted of a ULB, yes or no or since when; `people` are the names and the contact given for a
    fact, by the ULB's primary key and the fact."""

    def told(fact: Fact, place: int) -> Callable[[Row], Value]:
        return lambda row: people.get((row.ulb.pk, fact.value), ("", ""))[place]

    named: list[Column] = []
    for fact in NAMED:
        who, contact = (
            words % {"fact": fact.label} for words in (_("%(fact)s: who"), _("%(fact)s: contact"))
        )
        named.append(Column(f"who:{fact}", who, told(fact, 0), width=32))
        named.append(Column(f"contact:{fact}", contact, told(fact, 1), width=28))
    return [
        *of_plan("", choosing=False),
        *(_field(name) for name in COUNTED if name != BOTH),
        *named,
    ]


def _field(
    name: str, value: Callable[[Ulb], Value] | None = None, *, head: bool = False, width: int = 12
) -> Column:
    def own(row: Row) -> Value:
        found: Value = getattr(row.ulb, name) if value is None else value(row.ulb)
        return None if found == "" else found

    return Column(name, capfirst(str(Ulb._meta.get_field(name).verbose_name)), own, head=head, width=width)  # type: ignore[union-attr]


def _aliases(user: Any, state: State, day: date | None) -> dict[int, list[str]]:
    rows: Iterable[Alias] = as_on(Alias, [state.pk], day) if day else visible(Alias, user).filter(state=state)
    found: dict[int, list[str]] = {}
    for row in sorted(rows, key=lambda row: row.name):
        found.setdefault(row.ulb_id, []).append(row.name)
    return found


def _people(user: Any, state: State, day: date | None) -> dict[tuple[int, str], tuple[str, str]]:
    if day is None:
        rows: Iterable[Readiness] = visible(Readiness, user).filter(state=state, answer=True)
    else:
        rows = as_on(Readiness, [state.pk], day, Q(data__answer=True))
    return {(row.ulb_id, row.fact): ("; ".join(row.who.splitlines()), row.contact) for row in rows}
