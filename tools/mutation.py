"""What can be wrong with a rule: every small change to a file's syntax tree that could open a door."""

import ast
import copy
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

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
    *("submit_item", "attach_evidence", "manage_ulbs", "update_rollout", "update_town", "read_audit"),
}


@dataclass(frozen=True)
class Mutant:
    """One change: the file, the place of the statement in it, what is changed, and what it then says."""

    path: str
    place: int
    what: str
    source: str

    def __str__(self) -> str:
        return f"{self.path} {self.what}"


def mutants_of(root: Path, path: str, parts: tuple[str, ...]) -> Iterator[Mutant]:
    """All changes to a file, or to the named parts of it."""
    for place, part in enumerate(ast.parse((root / path).read_text()).body):
        if parts and not _names(part) & set(parts):
            continue
        for number, node in enumerate(ast.walk(part)):
            node.number = number  # type: ignore[attr-defined]
        for node in _walk(part):
            for what, changed in variants(node):
                other = _Exchange(node.number, changed).visit(copy.deepcopy(part))  # type: ignore[attr-defined]
                line = ast.unparse(node).splitlines()[0][:48]
                name = "/".join(sorted(_names(part)))
                source = ast.unparse(ast.fix_missing_locations(other))
                yield Mutant(path, place, f"{name}: {line} — {what}", source)


def apply(mutant: Mutant) -> None:
    """Exchange the rule in this process: functions get other code, tables other content, everywhere.

    What the file makes of a table further down is made again.
    """
    module = sys.modules[mutant.path.removesuffix(".py").replace("/", ".")]
    body = ast.parse(Path(str(module.__file__)).read_text()).body
    changed = _names(body[mutant.place])
    _exchange(module, ast.parse(mutant.source).body, changed)
    for part in body[mutant.place + 1 :]:
        uses = {node.id for node in ast.walk(part) if isinstance(node, ast.Name)}
        if isinstance(part, ast.Assign | ast.AnnAssign) and uses & changed:
            changed |= _names(part)
            _exchange(module, [part], _names(part))


def _exchange(module: ModuleType, body: list[ast.stmt], names: set[str]) -> None:
    space = dict(vars(module))
    exec(compile(ast.Module(body, []), str(module.__file__), "exec"), space)
    for name in names:
        old, new = getattr(module, name), space[name]
        if isinstance(old, FunctionType):
            _recode(old, new)
        elif isinstance(old, type):
            for key, value in vars(new).items():
                _recode(vars(old)[key], value)
        elif isinstance(old, dict):
            old.clear()
            old.update(new)
        elif isinstance(old, str):
            setattr(module, name, new)
        else:
            for other in list(sys.modules.values()):
                for key, value in list(vars(other).items()):
                    if value is old:
                        setattr(other, key, new)


def _recode(old: Any, new: Any) -> None:
    if isinstance(old, property):
        old, new = old.fget, new.fget
    if isinstance(old, FunctionType):
        old.__code__, old.__defaults__, old.__kwdefaults__ = (
            new.__code__,
            new.__defaults__,
            new.__kwdefaults__,
        )


def _names(part: ast.stmt) -> set[str]:
    if isinstance(part, ast.FunctionDef | ast.ClassDef):
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
    def __init__(self, number: int, new: ast.AST) -> None:
        self.number, self.new = number, new

    def visit(self, node: ast.AST) -> ast.AST:
        if getattr(node, "number", None) == self.number:
            return self.new
        return self.generic_visit(node)
