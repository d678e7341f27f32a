"""The lines of a preview in words."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nudm.core.dates import show
from ulbs.catalogue import modules
from ulbs.importing import words
from ulbs.models import TYPE_LABELS, Tenant, Ulb

RESULTS = {
    "new": gettext_lazy("New"),
    "changed": gettext_lazy("Changed"),
    "unchanged": gettext_lazy("Unchanged"),
    "suspicious": gettext_lazy("To look at"),
    "since": gettext_lazy("Changed since the sheet left"),
    "refused": gettext_lazy("Refused"),
    "missing": gettext_lazy("In the register but not in the file"),
}


def fits(line: Mapping[str, Any], result: str) -> bool:
    """Whether a line belongs to a part of the preview; without a part, whether it is a row of the file."""
    if result == "suspicious":
        return bool(line.get("warnings"))
    if result == "since":
        return bool(line.get("since"))
    return line["result"] == result if result else line["result"] != "missing"


def shown(line: Mapping[str, Any], states: Mapping[int, Any], towns: Mapping[int, str]) -> dict[str, Any]:
    """A line with its faults and what to do, its changes, and what to look at; `towns` names ULBs by code."""
    values = line.get("values", {})
    return {
        "row": line["row"] or "–",
        "key": line["key"],
        "name": line["name"],
        "state": states.get(values.get("state"), ""),
        "result": RESULTS[line["result"]],
        "faults": [(told[0], told[1], words.fault(told)) for told in line.get("faults", ())],
        "changes": [
            (_field(name), _value(name, before, towns), _value(name, after, towns))
            for name, (before, after) in line.get("changes", {}).items()
        ],
        "since": [
            (f"{line['row']}:{name}", _field(name), *(_value(name, value, towns) for value in told))
            for name, told in line.get("since", {}).items()
        ],
        "warnings": [words.warning(told) for told in line.get("warnings", ())],
        "says": _says(values, towns),
    }


def _says(values: Mapping[str, Any], towns: Mapping[int, str]) -> str:
    """What a new row brings: its type, or the ULB that a tenant is."""
    if "type_code" in values:
        return _value("type_code", values["type_code"], towns)
    return _value("ulb", values["ulb"], towns) if values.get("ulb") else ""


def _field(name: str) -> str:
    if name in modules():
        return name
    if name in {"ulb", "how"}:
        return str(Tenant._meta.get_field(name).verbose_name) if name == "how" else _("ULB")
    return str(Ulb._meta.get_field(name).verbose_name)


def _value(name: str, value: Any, towns: Mapping[int, str]) -> str:
    if value is None or value == "":
        return str(Tenant.How.OPEN.label) if name == "how" else "–"
    if name == "ulb":
        return f"{towns[value]} ({value})" if value in towns else str(value)
    if name == "type_code":
        return str(TYPE_LABELS.get(value, value))
    if name == "kind":
        return str(Ulb.Kind(value).label)
    if name == "how":
        return str(Tenant.How(value).label)
    if isinstance(value, bool) and name in modules():
        return _("live") if value else _("planned, not live")
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return show(date.fromisoformat(value)) if name in modules() else str(value)
