"""The house's rules that no linter knows."""

import ast
import re
import subprocess
from pathlib import Path

import polib
import pytest
from django.apps import apps

from states.access import GRANTS
from states.rules import Role

HERE = Path(__file__).resolve().parent.parent
OURS = ("nudm", "states", "ulbs", "phases", "reports")
FILES = [p for app in OURS for p in (HERE / app).rglob("*.py") if "migrations" not in p.parts]
SHELLS = [
    p for p in FILES if p.name in {"views.py", "api.py", "tasks.py", "exports.py"} or p.parent.name == "views"
]


BLOCK = re.compile(r"{%\s*blocktranslate[^%]*%}(.*?){%\s*endblocktranslate\s*%}", re.S)


@pytest.mark.parametrize("path", SHELLS, ids=lambda p: str(p.relative_to(HERE)))
def test_a_shell_reads_only_what_is_visible(path: Path) -> None:
    allowed = {"Token"} if "accounts" in path.parts else set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager"}:
            name = node.value.id if isinstance(node.value, ast.Name) else ""
            assert name in allowed, f"{path.name}:{node.lineno} reads past states.access.visible"


def test_every_model_says_its_path_to_the_tenant() -> None:
    for model in apps.get_models():
        if model.__module__.split(".")[0] in OURS:
            assert hasattr(model, "state_path"), f"{model.__name__} has no state_path"


def test_templates_have_no_inline_script_or_style() -> None:
    for path in (HERE / "templates").rglob("*.html"):
        text = path.read_text()
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text), path
        assert not re.search(r"<script(?![^>]*src=)", text), path


def test_hindi_is_complete() -> None:
    book = polib.pofile(str(HERE / "locale/hi/LC_MESSAGES/django.po"))
    assert len(book) > 300
    assert [entry.msgid for entry in book.untranslated_entries() + book.fuzzy_entries()] == []


def test_every_string_in_the_code_is_in_the_translations(tmp_path: Path) -> None:
    known = {e.msgid for e in polib.pofile(str(HERE / "locale/hi/LC_MESSAGES/django.po"))}
    found: set[str] = set()
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            if called and node.func.id in {"_", "gettext_lazy"} and isinstance(node.args[0], ast.Constant):
                found.add(node.args[0].value)
    pattern = re.compile(r"""{%\s*translate\s+(?:"([^"]+)"|'([^']+)')""")
    for path in (HERE / "templates").rglob("*.*"):
        found |= {a or b for a, b in pattern.findall(path.read_text())}
        found |= set(re.findall(r'{%[^%]* _\("([^"]+)"\)', path.read_text()))
        for block in BLOCK.findall(path.read_text()):
            if "{% plural %}" not in block:
                found.add(re.sub(r"{{\s*(\w+)\s*}}", r"%(\1)s", block))
    assert len(found) > 300
    assert sorted(found - known) == []


def test_the_table_of_roles_in_the_docs_is_the_one_in_the_code() -> None:
    rows = re.findall(r"^\| (\w+) \| (.+) \|$", (HERE / "docs/roles.md").read_text(), re.M)
    told = {role: frozenset(re.findall(r"`(\w+)`", held)) for role, held in rows if role in set(Role)}
    assert told == {role.value: held for role, held in GRANTS.items()}


def test_no_tracked_file_names_a_machine_or_a_package_registry() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=HERE, capture_output=True, text=True, check=True)
    unwanted = re.compile(
        "|".join(["py" + "pi[.]org", "python" + "hosted", "registry[.]" + "npm", "/ro" + "ot/"])
    )
    for name in listed.stdout.split():
        if not name.endswith(".png"):
            assert not unwanted.search((HERE / name).read_text(errors="replace")), name


def test_the_glossary_names_what_is_in_the_code() -> None:
    toml = [path for app in OURS for path in (HERE / app).rglob("*.toml")]
    words = {path.stem for app in OURS for path in (HERE / app).rglob("*")}
    words |= {word for path in (*FILES, *toml) for word in re.findall(r"\w+", path.read_text())}
    lines = (HERE / "docs/glossary.md").read_text().splitlines()
    columns = [line.rsplit("|", 2)[1] for line in lines if line.startswith("| ")]
    named = {
        word for column in columns for name in re.findall(r"`(.+?)`", column) for word in name.split(".")
    }
    told = {word for name in named for word in re.findall(r"\w+", name)}
    assert len(told) > 50 and told - words == set()
