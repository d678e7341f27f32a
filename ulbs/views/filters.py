"""The filters of the list and the matrix: what can be chosen, and what was, in words."""

from collections.abc import Iterable
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from ulbs.matrix import Choices
from ulbs.models import STEP_LABELS, TYPE_LABELS, Ulb, module_choices
from ulbs.rules.asking import AT, BELOW, COLUMN, NOT_PILOT, PILOT, REST, Asked

Options = list[tuple[Any, Any]]


def selects(asked: Asked, choices: Choices) -> list[tuple[str, str, Options, Any]]:
    """Name, label, choices and what is chosen, for each box of the form."""
    every: Options = [("", _("All"))]
    return [
        ("district", _("District"), every + [(name, name) for name in choices.districts], asked.district),
        (
            "type",
            _("Type"),
            every + [(code, TYPE_LABELS.get(code, code)) for code in choices.types],
            asked.type_code or "",
        ),
        ("group", _("Pilot or batch"), every + _groups(choices.batches), asked.group),
        ("scope", _("In scope"), list(_scopes().items()), asked.scope),
        ("lacking", _("Lacking"), every + list(_counted().items()), asked.lacking),
        ("module", _("Module"), every + module_choices(), asked.module),
        ("how", _("Where it stands"), list(_hows().items()), asked.how),
        ("step", _("Step"), every + list(STEP_LABELS.items()), asked.step or ""),
    ]


def more(shown: Iterable[str]) -> Options:
    """The modules that are no column yet."""
    return [(code, name) for code, name in module_choices() if code not in set(shown)]


def told(asked: Asked) -> list[str]:
    """What is filtered for, a phrase for each filter; nothing where everything in scope is shown."""
    names, step = dict(module_choices()), asked.step
    phrases = [f"“{asked.text}”" if asked.text else "", asked.district]
    if asked.type_code is not None:
        phrases.append(str(TYPE_LABELS.get(asked.type_code, asked.type_code)))
    if asked.group:
        phrases.append(dict(_groups([int(asked.group)] if asked.group.isdecimal() else []))[asked.group])
    if asked.scope != "in":
        phrases.append(_scopes()[asked.scope] if asked.scope != "all" else _("in scope or not"))
    if asked.lacking:
        phrases.append(_("lacking: %(what)s") % {"what": _counted()[asked.lacking]})
    if asked.module or step is not None:
        module = str(names[asked.module]) if asked.module else _("Any module")
        how = _stands()[asked.how] % {"step": STEP_LABELS[step]} if step is not None else _("in scope")
        phrases.append(f"{module}: {how}")
    return [phrase for phrase in phrases if phrase]


def _groups(batches: Iterable[int]) -> Options:
    word = _("Batch %(number)s")
    named = [(str(number), word % {"number": number}) for number in batches]
    return [
        (PILOT, _("Pilots")),
        (NOT_PILOT, _("All but the pilots")),
        *named,
        (REST, _("Neither pilot nor batch")),
    ]


def _counted() -> dict[str, str]:
    """What a ULB can lack, in words."""
    named = {word: Ulb._meta.get_field(column).verbose_name for word, column in COLUMN.items()}  # type: ignore[union-attr]
    return {word: capfirst(str(name)) for word, name in named.items()}


def _scopes() -> dict[str, str]:
    return {"in": _("In scope"), "out": _("Not in scope"), "ended": _("Ended"), "all": _("All")}


def _hows() -> dict[str, str]:
    return {AT: _("is at"), BELOW: _("not yet at")}


def _stands() -> dict[str, str]:
    return {AT: _("is at “%(step)s”"), BELOW: _("not yet at “%(step)s”")}
