"""The values that a dataclass allows for its fields, read from its source: importing it would import JAX."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

_ROOT = Path(__file__).parents[2]


class Allowed(NamedTuple):
    """The values of a field: one of them, or a list of some."""

    values: tuple[str, ...]
    listed: bool = False


def allowed_values(module: str, name: str) -> Mapping[str, Allowed]:
    """Find the fields of a dataclass that take one of a few values: ``Literal``, ``bool``, and tuples of these.

    Args:
        module: The dotted name of a module of this project.
        name: The name of a class in it, or imported into it by name.

    Returns:
        The allowed values by the name of the field, as they are written in YAML; nothing for fields of other types,
        and nothing at all where there is no such module or class.
    """
    module, node = _definition(module, name) or (module, None)
    if not isinstance(node, ast.ClassDef):
        return {}
    fields: dict[str, Allowed] = {}
    for base in node.bases:
        if isinstance(base, ast.Name):
            fields |= allowed_values(module, base.id)
    for line in node.body:
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
            fields.pop(line.target.id, None)
            if allowed := _allowed(module, line.annotation):
                fields[line.target.id] = allowed
    return fields


def _allowed(module: str, annotation: ast.expr) -> Allowed | None:
    match annotation:
        case ast.Constant(value=None):
            return Allowed(("null",))
        case ast.Name(id="bool"):
            return Allowed(("true", "false"))
        case ast.Name(id=name):
            place, value = _definition(module, name) or (module, None)
            return _allowed(place, value) if isinstance(value, ast.expr) else None
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _joined([_allowed(module, left), _allowed(module, right)])
        case ast.Subscript(value=ast.Name(id="Literal"), slice=words):
            return _joined([_word(module, word) for word in (words.elts if isinstance(words, ast.Tuple) else [words])])
        case ast.Subscript(value=ast.Name(id="tuple"), slice=ast.Tuple(elts=[item, ast.Constant(value=final)])):
            allowed = _allowed(module, item) if final is Ellipsis else None
            return None if allowed is None else Allowed(allowed.values, listed=True)
    return None


def _word(module: str, word: ast.expr) -> Allowed | None:
    # A Literal may name another one.
    return Allowed((str(word.value),)) if isinstance(word, ast.Constant) else _allowed(module, word)


def _joined(parts: list[Allowed | None]) -> Allowed | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts) or any(part.listed for part in known):
        return None
    return Allowed(tuple(value for part in known for value in part.values))


def _definition(module: str, name: str) -> tuple[str, ast.ClassDef | ast.expr] | None:
    """Where a name is defined, through imports by name within this project, and as what."""
    definitions, imports = _names(module)
    if name in definitions:
        return module, definitions[name]
    return _definition(*imports[name]) if name in imports else None


@cache
def _names(module: str) -> tuple[dict[str, ast.ClassDef | ast.expr], dict[str, tuple[str, str]]]:
    """The classes and values that a module defines, and the names that it imports from where."""
    place = _ROOT.joinpath(*module.split("."))
    files = [file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file()]
    definitions: dict[str, ast.ClassDef | ast.expr] = {}
    imports: dict[str, tuple[str, str]] = {}
    for line in ast.parse(files[0].read_bytes()).body if files else ():
        match line:
            case ast.ClassDef(name=name):
                definitions[name] = line
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                definitions[name] = value
            case ast.ImportFrom(module=str(source), level=0, names=names):
                imports |= {one.asname or one.name: (source, one.name) for one in names}
    return definitions, imports
