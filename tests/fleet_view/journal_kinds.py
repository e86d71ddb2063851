"""Finds every kind of entry that the code writes into the journal, by reading the code.

A kind is written where ``record`` of a journal is called, or handed down to such a call through parameters. What is put
together while the program runs (a kind with a state in it) is given back as a pattern, ``*`` for the part that varies.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("mdm", "enrollment", "profiles", "push", "webui")
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Carrier(msgspec.Struct, frozen=True):
    """A function that hands one of its parameters down to the journal."""

    name: str
    place: int
    parameter: str


class Found(msgspec.Struct):
    """Kinds, and places in the code where the kind cannot be told."""

    kinds: set[str]
    unknown: set[str]


def written_kinds() -> Found:
    """Return what the whole project writes."""
    found = Found(set(), set())
    trees = {
        path: ast.parse(path.read_text(encoding="utf-8"))
        for room in ROOMS
        for path in sorted((ROOT / room).rglob("*.py"))
    }
    public = [one for path, tree in trees.items() for one in _in_file(path, tree, found)]
    # A public function that takes a kind by name is called from other files too.
    for tree in trees.values():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            for carrier in public:
                if any(keyword.arg == carrier.parameter for keyword in call.keywords):
                    argument = _given(call, carrier)
                    if argument is not None:
                        found.kinds |= {value for value in _values(argument, None, tree) if isinstance(value, str)}
    return found


def _in_file(path: Path, tree: ast.Module, found: Found) -> list[Carrier]:
    functions = [node for node in ast.walk(tree) if isinstance(node, Function)]
    owner = {id(node): function for function in functions for node in _own(function)}
    carriers: list[Carrier] = []
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    waiting = [(call, argument) for call in calls if (argument := _journal_argument(call)) is not None]
    done: set[tuple[int, int]] = set()
    while waiting:
        call, argument = waiting.pop()
        if (id(call), id(argument)) in done:
            continue
        done.add((id(call), id(argument)))
        for value in _values(argument, owner.get(id(call)), tree):
            if isinstance(value, str):
                found.kinds.add(value)
            elif isinstance(value, Carrier):
                if value not in carriers:
                    carriers.append(value)
                    waiting += [(one, given) for one in calls if (given := _given(one, value)) is not None]
            else:
                found.unknown.add(f"{path.relative_to(ROOT)}:{call.lineno}")
    return [one for one in carriers if not one.name.startswith("_")]


def _own(function: Function) -> Iterator[ast.AST]:
    """Yield a function's nodes, those of functions inside it left out."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, Function):
            waiting += list(ast.iter_child_nodes(node))


def _journal_argument(call: ast.Call) -> ast.expr | None:
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "record" or len(call.args) < 2:
        return None
    receiver = ast.unparse(call.func.value)
    return call.args[1] if receiver.split(".")[-1].lstrip("_") == "journal" else None


def _given(call: ast.Call, carrier: Carrier) -> ast.expr | None:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name != carrier.name:
        return None
    for keyword in call.keywords:
        if keyword.arg == carrier.parameter:
            return keyword.value
    return call.args[carrier.place] if carrier.place < len(call.args) else None


def _values(node: ast.expr, function: Function | None, tree: ast.Module) -> Iterator[str | Carrier | None]:
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=body, orelse=other):
            yield from _values(body, function, tree)
            yield from _values(other, function, tree)
        case ast.JoinedStr(values=parts):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in parts)
        case ast.Subscript(value=ast.Name(id=name)) | ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="get")):
            yield from _of_table(name, tree)
        case ast.Name(id=name):
            yield from _of_name(name, function, tree)
        case _:
            yield None


def _of_name(name: str, function: Function | None, tree: ast.Module) -> Iterator[str | Carrier | None]:
    if function is not None:
        parameters = [one.arg for one in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]
        if name in parameters:
            place = parameters.index(name) - (parameters[0] in ("self", "cls"))
            yield Carrier(function.name, place, name)
            return
        looped = [
            value
            for node in _own(function)
            if isinstance(node, ast.For) and _binds_first(node.target, name)
            for value in _first_of_tuples(function)
        ]
        for value in looped:
            yield from _values(value, function, tree)
        if looped:
            return
        assigned = [value for node in _own(function) for value in _assigned(node, name)]
        for value in assigned:
            yield from _values(value, function, tree)
        if assigned:
            return
        outer = next((one for one in ast.walk(tree) if isinstance(one, Function) and function in one.body), None)
        if outer is not None:
            yield from _of_name(name, outer, tree)
            return
    constants = [value for node in tree.body for value in _assigned(node, name)]
    for value in constants:
        yield from _values(value, None, tree)
    if not constants:
        yield None


def _assigned(node: ast.AST, name: str) -> Iterator[ast.expr]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Name) and target.id == name:
                yield node.value
            elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                for one, value in zip(target.elts, node.value.elts, strict=True):
                    if isinstance(one, ast.Name) and one.id == name:
                        yield value
    elif (
        isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name and node.value
    ):
        yield node.value


def _of_table(name: str, tree: ast.Module) -> Iterator[str | None]:
    for node in tree.body:
        for value in _assigned(node, name):
            if isinstance(value, ast.Dict):
                for one in value.values:
                    yield one.value if isinstance(one, ast.Constant) and isinstance(one.value, str) else None
                return
    yield None


def _binds_first(target: ast.expr, name: str) -> bool:
    first = target.elts[0] if isinstance(target, ast.Tuple) else target
    return isinstance(first, ast.Name) and first.id == name


def _first_of_tuples(function: Function) -> Iterator[ast.expr]:
    """Yield what stands first in the tuples of a function: kinds that are gathered before they are written."""
    for node in _own(function):
        if isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load) and len(node.elts) == 2:
            first = node.elts[0]
            texts = (
                [first]
                if isinstance(first, ast.Constant)
                else [getattr(first, "body", None), getattr(first, "orelse", None)]
            )
            if all(isinstance(one, ast.Constant) and isinstance(one.value, str) for one in texts):
                yield first
