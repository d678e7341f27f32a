"""Breaks the rules of access one by one, and asks whether the tests notice: `make mutants`.

Each mutant is one change to one rule: a test turned round, a condition dropped, a power taken from a table
or exchanged. It is run in a copy of the tree, first against the quick tests, then, if it still lives,
against the slow ones. What is left is printed; it must be on the list of those that change nothing.
"""

import argparse
import ast
import copy
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

HERE = Path(__file__).resolve().parent.parent
# Where rules of access stand: all of a file, or the named parts of it.
TARGETS: dict[str, tuple[str, ...]] = {
    "states/access.py": (),
    "states/rules.py": ("POSTS_OF", "NATIONAL"),
    "phases/rules.py": ("MOVES", "moves_from"),
    "ulbs/rules/registers.py": ("WRITES",),
    "ulbs/rules/cells.py": ("PREPARES", "BUILDS", "DECIDES", "FIELDS_OF", "CLAIMS"),
    "ulbs/actions/rollout.py": ("settable", "_fields_for"),
    "ulbs/actions/import_lgd.py": ("PERMISSION",),
    "ulbs/actions/import_rollout.py": ("PERMISSION",),
    "ulbs/actions/import_tenants.py": ("PERMISSION",),
    "reports/actions/reports.py": ("NATIONAL", "_allowed"),
    "reports/actions/deliveries.py": ("rows_for", "one_for"),
}
QUICK = (
    "tests/walls/test_rules.py",
    "tests/states/test_people.py",
    "tests/test_house.py::test_the_table_of_roles_in_the_docs_is_the_one_in_the_code",
)
SLOW = ("tests/walls/test_matrix.py", "tests/walls/test_acts.py", "tests/phases/test_rules.py")
# Those that change nothing anybody can see, by file and change, each with the reason.
SAME: dict[str, str] = {}
TURNED = {
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}
EDGES = {"__gt": "__gte", "__gte": "__gt", "__lt": "__lte", "__lte": "__lt", "__in": "__gt"}
SWAPPED = {ast.And: ast.Or, ast.Or: ast.And, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr}
POWERS = {
    *("view_state", "review_item", "close_stage", "manage_people", "manage_register", "update_checklist"),
    *("submit_item", "attach_evidence", "manage_ulbs", "update_rollout", "update_town"),
}


@dataclass(frozen=True)
class Mutant:
    """One change: where, what, and the file as it then is."""

    path: str
    what: str
    source: str


def mutants_of(path: str, parts: tuple[str, ...]) -> Iterator[Mutant]:
    """All changes to a file, or to the named parts of it."""
    tree = ast.parse((HERE / path).read_text())
    for place, node in enumerate(ast.walk(tree)):
        node.place = place  # type: ignore[attr-defined]
    for part in tree.body:
        if parts and not _names(part) & set(parts):
            continue
        for node in _walk(part):
            for what, changed in variants(node):
                other = _Exchange(node.place, changed).visit(copy.deepcopy(tree))  # type: ignore[attr-defined]
                line = ast.unparse(node).splitlines()[0][:60]
                where = f"{node.lineno}: {line}" if hasattr(node, "lineno") else line
                source = ast.unparse(ast.fix_missing_locations(other))
                yield Mutant(path, f"{where} — {what}", source)


def _names(part: ast.stmt) -> set[str]:
    if isinstance(part, ast.FunctionDef):
        return {part.name}
    targets = [part.target] if isinstance(part, ast.AnnAssign) else getattr(part, "targets", [])
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """Every node that does something: no annotation, no import, no text that explains."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return
    yield node
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _walk(child)


def variants(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """What can be wrong with one node."""
    for kind, make in MAKERS:
        if isinstance(node, kind):
            yield from make(node)


def _compare(node: ast.Compare) -> Iterator[tuple[str, ast.AST]]:
    turned = TURNED.get(type(node.ops[0]))
    if turned is not None:
        yield "turned round", ast.Compare(node.left, [turned()], node.comparators)


def _bool(node: ast.BoolOp) -> Iterator[tuple[str, ast.AST]]:
    yield "and for or", ast.BoolOp(SWAPPED[type(node.op)](), node.values)
    for n, value in enumerate(node.values):
        left = [other for k, other in enumerate(node.values) if k != n]
        yield f"without {ast.unparse(value)[:40]}", left[0] if len(left) == 1 else ast.BoolOp(node.op, left)


def _unary(node: ast.UnaryOp) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node.op, ast.Not):
        yield "without not", node.operand


def _binary(node: ast.BinOp) -> Iterator[tuple[str, ast.AST]]:
    if type(node.op) in SWAPPED:
        yield "and for or", ast.BinOp(node.left, SWAPPED[type(node.op)](), node.right)


def _if(node: ast.If | ast.IfExp) -> Iterator[tuple[str, ast.AST]]:
    for truth in (True, False):
        yield f"always {truth}", type(node)(**{**_fields(node), "test": ast.Constant(truth)})


def _fields(node: ast.AST) -> dict[str, object]:
    return dict(ast.iter_fields(node))


def _dropped(node: ast.stmt) -> Iterator[tuple[str, ast.AST]]:
    if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
        yield "left out", ast.Pass()


def _elements(node: ast.Set | ast.Tuple) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.Tuple) and not isinstance(node.ctx, ast.Load):
        return
    if not all(isinstance(item, ast.Constant | ast.Attribute) for item in node.elts) or len(node.elts) < 1:
        return
    for n, item in enumerate(node.elts):
        left = [other for k, other in enumerate(node.elts) if k != n]
        new: ast.expr = type(node)(**{**_fields(node), "elts": left})
        yield f"without {ast.unparse(item)}", new if left else ast.Call(ast.Name("set", ast.Load()), [], [])


def _constant(node: ast.Constant) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node.value, bool):
        yield "the opposite", ast.Constant(not node.value)
    elif node.value in POWERS:
        other = "view_state" if node.value != "view_state" else "update_town"
        yield f"{other} for it", ast.Constant(other)


def _call(node: ast.Call) -> Iterator[tuple[str, ast.AST]]:
    asks = isinstance(node.func, ast.Attribute) and node.func.attr in {"filter", "exclude"}
    if asks:
        for n, word in enumerate(node.keywords):
            left = [other for k, other in enumerate(node.keywords) if k != n]
            yield f"without {word.arg}", ast.Call(node.func, node.args, left)
    if isinstance(node.func, ast.Attribute) and node.func.attr == "none":
        yield "all for none", ast.Call(ast.Attribute(node.func.value, "all", ast.Load()), [], [])
    for n, word in enumerate(node.keywords):
        end = next((end for end in EDGES if (word.arg or "").endswith(end)), None)
        if end is not None and end != "__in":
            name = str(word.arg).removesuffix(end) + EDGES[end]
            words = [ast.keyword(name, w.value) if k == n else w for k, w in enumerate(node.keywords)]
            yield f"{name} for {word.arg}", ast.Call(node.func, node.args, words)


def _loop(node: ast.comprehension) -> Iterator[tuple[str, ast.AST]]:
    for n, test in enumerate(node.ifs):
        left = [other for k, other in enumerate(node.ifs) if k != n]
        what = f"without if {ast.unparse(test)[:40]}"
        yield what, ast.comprehension(node.target, node.iter, left, node.is_async)


MAKERS: tuple[tuple[type | tuple[type, ...], Callable[..., Iterator[tuple[str, ast.AST]]]], ...] = (
    (ast.Compare, _compare),
    (ast.BoolOp, _bool),
    (ast.UnaryOp, _unary),
    (ast.BinOp, _binary),
    ((ast.If, ast.IfExp), _if),
    ((ast.Expr, ast.Raise, ast.AugAssign), _dropped),
    ((ast.Set, ast.Tuple), _elements),
    (ast.Constant, _constant),
    (ast.Call, _call),
    (ast.comprehension, _loop),
)


class _Exchange(ast.NodeTransformer):
    def __init__(self, place: int, new: ast.AST) -> None:
        self.place, self.new = place, new

    def visit(self, node: ast.AST) -> ast.AST:
        if getattr(node, "place", None) == self.place:
            return self.new
        return self.generic_visit(node)


class Bench:
    """A copy of the tree in which one mutant after the other is tried."""

    def __init__(self, folder: Path) -> None:
        self.tree, self.var = folder / "tree", folder / "var"
        listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
        for name in subprocess.run(
            listed, cwd=HERE, capture_output=True, text=True, check=True
        ).stdout.split():
            if (HERE / name).is_file():
                (self.tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(HERE / name, self.tree / name)
        compiled = "locale/hi/LC_MESSAGES/django.mo"
        shutil.copyfile(HERE / compiled, self.tree / compiled)

    def passes(self, tests: tuple[str, ...]) -> bool:
        """Whether the tests pass on the tree as it stands; one that hangs does not."""
        kept = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "TMPDIR"}}
        own = {"VAR_DIR": str(self.var), "SECRET_KEY": "only-for-mutants-" + "x" * 50, "DEMO": "1"}
        quiet = [
            "-q",
            "-x",
            "--no-header",
            "--tb=no",
            "-p",
            "no:cacheprovider",
            "-m",
            "not walls and not soak",
        ]
        command = [sys.executable, "-B", "-m", "pytest", "--reuse-db", *quiet, *tests]
        try:
            done = subprocess.run(
                command, cwd=self.tree, env=kept | own, capture_output=True, check=False, timeout=300
            )
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0

    def lives(self, mutant: Mutant) -> bool:
        """Whether no test notices the mutant."""
        target = self.tree / mutant.path
        honest = target.read_text()
        target.write_text(mutant.source)
        try:
            return self.passes(QUICK) and self.passes(SLOW)
        finally:
            target.write_text(honest)


def main() -> int:
    """Every mutant; 1 if one lives that is not known to be the same."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="files whose path has this in it")
    parser.add_argument("--list", action="store_true", help="name the mutants, run none")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    found = [m for path, parts in TARGETS.items() if asked.only in path for m in mutants_of(path, parts)]
    todo = [m for m in found if f"{m.path} {m.what}" not in SAME]
    if asked.list:
        print("\n".join(f"{m.path} {m.what}" for m in found))
        return 0
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        benches: Queue[Bench] = Queue()
        for n in range(asked.processes):
            bench = Bench(Path(name) / str(n))
            if not bench.passes(QUICK):
                print("the tests do not pass as things are")
                return 1
            benches.put(bench)

        def tried(mutant: Mutant) -> bool:
            bench = benches.get()
            try:
                lives = bench.lives(mutant)
            finally:
                benches.put(bench)
            if lives:
                print(f"lives: {mutant.path} {mutant.what}", flush=True)
            return lives

        with ThreadPoolExecutor(asked.processes) as pool:
            living = sum(pool.map(tried, todo))
    print(
        f"{len(todo) - living} of {len(todo)} mutants killed, {len(found) - len(todo)} known to be the same, "
        f"{time.monotonic() - begun:.0f} s"
    )
    return 1 if living else 0


if __name__ == "__main__":
    sys.exit(main())
