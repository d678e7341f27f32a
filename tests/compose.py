"""The compose file as Docker reads it, with what a `.env` gives put in."""

import re
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent.parent


def compose(given: dict[str, str] | None = None) -> dict[str, Any]:
    """The compose file; with the values that a `.env` gives, as far as there is one."""
    book = yaml.safe_load((HERE / "docker-compose.yml").read_text())
    return dict(book if given is None else filled(book, given))


def filled(value: Any, given: dict[str, str]) -> Any:
    """Each `${NAME:-default}` and `${NAME:?}` put in. Raises KeyError for one that must be there."""
    if isinstance(value, dict):
        return {key: filled(one, given) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, given) for one in value]

    def put_in(found: re.Match[str]) -> str:
        name, kind, default = found.groups()
        if kind == ":?" and not given.get(name):
            raise KeyError(name)
        return given.get(name) or default or ""

    return re.sub(r"\${(\w+)(?:(:-|:\?)([^}]*))?}", put_in, value) if isinstance(value, str) else value


def env_file(path: Path) -> dict[str, str]:
    """What a `.env` sets; single quotes round a value are not part of it."""
    lines = re.findall(r"^(\w+)=(.*)$", path.read_text(), re.M)
    return {name: text[1:-1] if text[:1] == text[-1:] == "'" else text for name, text in lines}
