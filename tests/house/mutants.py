"""Small faults of a module, one at a time; :mod:`tests.house.mutation` asks whether the tests notice them.

Changed are comparisons (their boundary and their sense), arithmetic, ``and``/``or``, ``not`` and signs, numbers and
truth values, texts that are compared or looked up by, conditions, filters of comprehensions, what is returned,
``min``/``max`` and their kin, keyword arguments of calls (left out), defaults of parameters, and statements (left
out). Left alone are annotations, docstrings, messages, type aliases, ``__all__``, ``strict=`` of ``zip``, ``dtype=``,
and what stands under ``TYPE_CHECKING``.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
REPLACED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
KIN = {
    one: other
    for pair in (
        ("min", "max"),
        ("any", "all"),
        ("minimum", "maximum"),
        ("argmin", "argmax"),
        ("floor", "ceil"),
    )
    for one, other in (pair, pair[::-1])
} | {"nanmin": "nanmax", "nanmax": "nanmin", "zeros": "ones", "ones": "zeros"}


#: The lines of a fault that is in no function.
EVERYWHERE = range(10**6)


@dataclass(frozen=True)
class Mutant:
    """One fault: where, which lines a test must have run to see it, what stood there, what stands there now."""

    line: int
    lines: range
    function: str
    before: str
    after: str
    put: Callable[[], None]

    @property
    def key(self) -> tuple[str, str, str]:
        """What names the fault whatever its line."""
        return self.function, self.before, self.after


@dataclass(frozen=True)
class _Place:
    """An expression or statement in its parent."""

    parent: ast.AST
    field: str
    index: int | None

    def set(self, node: object) -> None:
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


def mutants(tree: ast.Module) -> Iterator[Mutant]:
    """Every fault of a module; ``put`` makes it in the tree, which holds one fault at a time."""
    for function, statement, in_function in _statements(tree, "", in_function=False):
        for place, old, new in _faults_of(statement, in_function=in_function):
            if place is None:
                before, after = _head(statement), "(left out)"
                put = _leaving_out(tree, statement)
            else:
                before = _head(statement)
                place.set(new)
                ast.fix_missing_locations(statement)
                after = _head(statement)
                place.set(old)
                put = _setting(place, new)
            if before != after:
                lines = _own_lines(statement) if in_function else EVERYWHERE
                yield Mutant(statement.lineno, lines, function, before, after, put)


def _setting(place: _Place, new: object) -> Callable[[], None]:
    return lambda: place.set(new)


def _leaving_out(tree: ast.Module, statement: ast.stmt) -> Callable[[], None]:
    def put() -> None:
        for node in ast.walk(tree):
            for body in ("body", "orelse", "finalbody"):
                held = getattr(node, body, None)
                if isinstance(held, list) and statement in held:
                    held[held.index(statement)] = ast.copy_location(ast.Pass(), statement)

    return put


def _statements(node: ast.AST, name: str, *, in_function: bool) -> Iterator[tuple[str, ast.stmt, bool]]:
    """Every statement, the qualified name of what holds it, and whether that is a function: a class runs once."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            inner = f"{name}.{child.name}" if name else child.name
            if isinstance(child, ast.FunctionDef):
                yield inner, child, True
            yield from _statements(child, inner, in_function=isinstance(child, ast.FunctionDef))
        elif isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        elif isinstance(child, ast.stmt):
            if not _is_left_alone(child):
                yield name, child, in_function
            yield from _statements(child, name, in_function=in_function)
        elif isinstance(child, ast.excepthandler | ast.match_case):
            yield from _statements(child, name, in_function=in_function)


def _is_left_alone(statement: ast.stmt) -> bool:
    """Docstrings, imports, type aliases and the list of what is exported."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return True
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return True
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        name = statement.targets[0].id
        return name == "__all__" or (name[0].isupper() and not name.isupper())
    return False


def _head(statement: ast.stmt) -> str:
    """The statement on one line, without its block and its decorators."""
    lines = ast.unparse(statement).split("\n")
    if hasattr(statement, "body"):
        lines = [line for line in lines if not line.startswith("@")][:1]
    return " ".join(line.strip() for line in lines)


def _own_lines(statement: ast.stmt) -> range:
    """Lines of the statement without its block; a function's are those of its whole body (its defaults)."""
    last = statement.end_lineno or statement.lineno
    if isinstance(statement, ast.FunctionDef):
        return range(statement.body[0].lineno, last + 1)
    body = getattr(statement, "body", None)
    return range(statement.lineno, body[0].lineno if body else last + 1)


_Fault = tuple[_Place | None, object, object]


def _faults_of(statement: ast.stmt, *, in_function: bool) -> Iterator[_Fault]:
    if isinstance(statement, ast.FunctionDef):
        defaults = [(statement.args, "defaults"), (statement.args, "kw_defaults")]
        for owner, field in defaults:
            for index, node in enumerate(getattr(owner, field)):
                if node is not None:
                    yield from _expressions(node, _Place(owner, field, index))
        return
    if in_function and _may_go(statement):
        yield None, None, None
    if isinstance(statement, ast.Return) and statement.value is not None and not _is_none(statement.value):
        yield _Place(statement, "value", None), statement.value, ast.Constant(None)
    if isinstance(statement, ast.AugAssign) and type(statement.op) in REPLACED:
        yield _Place(statement, "op", None), statement.op, REPLACED[type(statement.op)]()
    if isinstance(statement, ast.If | ast.While) and not isinstance(statement.test, ast.Compare):
        negated = ast.UnaryOp(ast.Not(), statement.test)
        yield _Place(statement, "test", None), statement.test, negated
    for field, value in ast.iter_fields(statement):
        if field in ("body", "orelse", "finalbody", "handlers", "annotation", "cases", "decorator_list"):
            continue
        if isinstance(statement, ast.Raise) or isinstance(value, ast.operator):
            continue
        for index, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(node, ast.AST):
                yield from _expressions(node, _Place(statement, field, index))


def _may_go(statement: ast.stmt) -> bool:
    """Statements that can be left out without a name missing."""
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Call | ast.Yield)
    if isinstance(statement, ast.Assign):
        return isinstance(statement.targets[0], ast.Attribute | ast.Subscript)
    return isinstance(statement, ast.AugAssign | ast.Raise | ast.Continue | ast.Break)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _expressions(node: ast.AST, place: _Place) -> Iterator[_Fault]:
    """Faults of an expression and of all that is in it."""
    if isinstance(node, ast.JoinedStr):
        return
    yield from ((place, node, new) for new in _instead(node, place))
    if isinstance(node, ast.Compare):
        for index, op in enumerate(node.ops):
            yield from ((_Place(node, "ops", index), op, new()) for new in COMPARED[type(op)])
    if isinstance(node, ast.BinOp) and type(node.op) in REPLACED and not _is_of_text(node):
        yield _Place(node, "op", None), node.op, REPLACED[type(node.op)]()
    if isinstance(node, ast.BoolOp):
        yield _Place(node, "op", None), node.op, ast.Or() if isinstance(node.op, ast.And) else ast.And()
    if isinstance(node, ast.IfExp) and not isinstance(node.test, ast.Compare):
        yield _Place(node, "test", None), node.test, ast.UnaryOp(ast.Not(), node.test)
    if isinstance(node, ast.comprehension):
        yield from (
            (_Place(node, "ifs", index), test, ast.Constant(True)) for index, test in enumerate(node.ifs)
        )
    if isinstance(node, ast.Call):
        kept = [word for word in node.keywords if word.arg not in (None, "strict", "dtype")]
        for word in kept:
            yield (
                _Place(node, "keywords", None),
                node.keywords,
                [one for one in node.keywords if one is not word],
            )
    if isinstance(node, ast.keyword) and node.arg == "strict":
        return
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "ctx", "op", "ops"):
            continue
        for index, inner in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(inner, ast.AST):
                yield from _expressions(inner, _Place(node, field, index))


def _instead(node: ast.AST, place: _Place) -> Iterator[ast.AST]:
    """What may stand where one node stands."""
    if isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.Name) and node.id in KIN and isinstance(place.parent, ast.Call):
        yield ast.Name(KIN[node.id], node.ctx)
    elif isinstance(node, ast.Attribute) and node.attr in KIN:
        yield ast.Attribute(node.value, KIN[node.attr], node.ctx)
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield ast.Constant(not node.value)
        elif isinstance(node.value, int | float):
            yield ast.Constant(node.value + 1)
        elif isinstance(node.value, str) and isinstance(place.parent, ast.Compare | ast.Subscript | ast.Dict):
            yield ast.Constant(node.value + "_")


def _is_of_text(node: ast.BinOp) -> bool:
    sides = (node.left, node.right)
    return any(
        isinstance(one, ast.JoinedStr) or isinstance(getattr(one, "value", None), str) for one in sides
    )
