"""The columns of the list of ULBs and of the matrix: the same on the page and in the files."""

from collections.abc import Iterable
from typing import Any

from django.utils.html import escape
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nudm.core.ratio import Ratio
from nudm.core.tables import Column
from ulbs.catalogue import modules
from ulbs.matrix import Choices, Look, Row
from ulbs.models import STEP_LABELS, TYPE_LABELS, Ulb, module_choices
from ulbs.rules.asking import ORDER, Asked
from ulbs.rules.cells import Step

# What a cell of the matrix has room for; the legend says it in full.
SHORT = {
    Step.NOT_IN_SCOPE: "–",
    Step.NOT_STARTED: gettext_lazy("Not started"),
    Step.MASTER_DATA: gettext_lazy("Data"),
    Step.VALIDATED: gettext_lazy("Validated"),
    Step.CONFIGURED: gettext_lazy("Configured"),
    Step.UAT: gettext_lazy("UAT"),
    Step.SIGNED_OFF: gettext_lazy("Signed off"),
    Step.LIVE: gettext_lazy("Live"),
    Step.WITHDRAWN: gettext_lazy("Withdrawn"),
}
REACHED = (
    "data_started_on",
    "data_validated_on",
    "officials_named",
    "uat_planned_on",
    "uat_signed_on",
    "live_on",
)
SORTS = ("name", "code", "type", "group", "live", "planned", *REACHED)
# What the platform brings; the others are taken up where a state asks for them.
REFERENCE = tuple(modules())[:9]


def shown_modules(choices: Choices, asked: Asked) -> list[str]:
    """The modules that the state has in scope anywhere, or else the reference ones, and those asked for."""
    wanted = {*(choices.modules or REFERENCE), *asked.columns}
    return [code for code in modules() if code in wanted]


def of_matrix(look: Look, codes: Iterable[str], *, choosing: bool, then: str = "") -> list[Column]:
    """A ULB's name and place in the plan, then a column a module; `choosing` puts a box into each row, `then`
    is what links carry along."""
    names = dict(module_choices())
    found = [_module(code, str(names[code]), look.totals.get(code, Ratio(0, 0)), then) for code in codes]
    return [*of_plan("../", choosing=choosing, then=then), *_counts(look), *found]


def of_list(look: Look, *, then: str = "") -> list[Column]:
    """A ULB's name and place in the plan, and what it has reached."""
    return [*of_plan("", choosing=False, then=then), *_counts(look), *(_reached(name) for name in REACHED)]


def of_plan(here: str, *, choosing: bool, then: str = "") -> list[Column]:
    """Code, name and type of a ULB, and its place in the plan."""
    types = {code: str(label) for code, label in TYPE_LABELS.items()}
    pilot, out = _("Pilot"), _("Not in scope")

    def box(row: Row) -> str:
        code = row.ulb.lgd_code
        return f"<label><input type=checkbox name=u value={code}>{code}</label>"

    def link(row: Row) -> str:
        return f'<a href="{here}{row.ulb.lgd_code}/{then}">{escape(row.ulb.label)}</a>'

    def place(row: Row) -> str | None:
        """When it is rolled out: with the pilots, in a batch, or not yet known; or why it does not count."""
        ulb = row.ulb
        if ulb.ended or not ulb.in_scope:
            return str(ulb.get_ended_display()) if ulb.ended else out
        return pilot if ulb.pilot else str(ulb.batch) if ulb.batch else None

    def short(row: Row) -> str:
        """A batch stays on one line; what became of a ULB may take two."""
        words = escape(place(row) or "–")
        return f"<span class=nowrap>{words}</span>" if row.ulb.batch and row.ulb.counts else words

    return [
        Column(
            "code",
            _("LGD code"),
            lambda row: row.ulb.lgd_code,
            box if choosing else None,
            css="code",
            width=10,
        ),
        Column("name", _("ULB"), lambda row: row.ulb.label, link, head=True, width=32),
        Column(
            "type",
            _("Type"),
            lambda row: row.ulb.type_label or types.get(row.ulb.type_code),
            css="nowrap",
            width=22,
        ),
        Column("group", _("Pilot or batch"), place, short, width=12),
    ]


def _counts(look: Look) -> list[Column]:
    return [
        Column(
            "live", _("Live modules"), lambda row: row.ulb.modules_live, total=look.all.n, css="n", width=9
        ),
        Column(
            "planned",
            _("Planned modules"),
            lambda row: row.ulb.modules_planned,
            total=look.all.of,
            css="n",
            width=9,
        ),
    ]


def _module(code: str, name: str, total: Ratio, then: str) -> Column:
    words = [str(SHORT[step]) for step in ORDER]
    opened = {step: f'<a class=s{place} href="../' for place, step in enumerate(ORDER)}
    closed = {step: f'/{code}/{then}">{escape(word)}</a>' for step, word in zip(ORDER, words, strict=True)}
    said = dict(zip(ORDER, [None, *words[1:]], strict=True))

    def draw(row: Row) -> str:
        step = row.steps.get(code, Step.NOT_IN_SCOPE)
        return f"{opened[step]}{row.ulb.lgd_code}{closed[step]}"

    return Column(
        code,
        name,
        lambda row: said[row.steps.get(code, Step.NOT_IN_SCOPE)],
        draw,
        total=_("%(n)s of %(of)s") % {"n": total.n, "of": total.of},
        width=14,
    )


def _reached(name: str) -> Column:
    title = capfirst(str(Ulb._meta.get_field(name).verbose_name))
    return Column(name, title, lambda row: getattr(row.ulb, name) or None, css="nowrap")


def legend() -> list[tuple[int, Any, Any]]:
    """Every step with its place, its short word and its whole one."""
    return [(place, SHORT[step], STEP_LABELS[step]) for place, step in enumerate(ORDER)]
