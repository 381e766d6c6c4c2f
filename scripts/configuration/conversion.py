"""Plain values (YAML, the command line) become frozen dataclasses, strictly: every key known, every type right."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from typing import Any, Literal, TypeVar, Union

from scripts.configuration.nearest import did_you_mean
from training.errors import BadInput

T = TypeVar("T")


def convert(value: Any, target: type[T], path: str = "") -> T:
    """Convert plain values to ``target``: a dataclass, a scalar, ``Literal``, a ``tuple`` or ``X | None``.

    Raises:
        BadInput: An unknown or missing key, or a value of the wrong type; the message names the key.
    """
    return _convert(value, target, path)


def _convert(value: Any, target: Any, path: str) -> Any:
    if isinstance(target, type) and isinstance(value, target) and dataclasses.is_dataclass(target):
        return value
    if dataclasses.is_dataclass(target):
        return _convert_dataclass(value, target, path)
    origin = typing.get_origin(target)
    if origin in (Union, types.UnionType):
        return _convert_union(value, typing.get_args(target), path)
    if origin is Literal:
        choices = typing.get_args(target)
        if value not in choices:
            names = [str(choice) for choice in choices]
            near = f"; {did_you_mean(_shown(value), names)}".rstrip("; ")
            raise BadInput(f"{path}={_shown(value)} is not one of {', '.join(names)}{near}")
        return value
    if origin is dict:
        if not isinstance(value, Mapping):
            raise BadInput(f"{path}={_shown(value)} must be a group of settings")
        return dict(value)
    if origin is tuple:
        if not isinstance(value, (list, tuple)):
            raise BadInput(f"{path}={_shown(value)} must be a list, for example {path}=[1,2]")
        item_types = typing.get_args(target)
        if item_types[-1] is Ellipsis:
            item_types = item_types[:1] * len(value)
        elif len(value) != len(item_types):
            raise BadInput(f"{path}={_shown(list(value))} must be a list of {len(item_types)}, and it has {len(value)}")
        return tuple(
            _convert(item, item_type, f"{path}[{index}]")
            for index, (item, item_type) in enumerate(zip(value, item_types, strict=True))
        )
    return _convert_scalar(value, target, path)


def _convert_dataclass(value: Any, target: Any, path: str) -> Any:
    if not isinstance(value, Mapping):
        raise BadInput(f"{path or 'the configuration'}={_shown(value)} must be a group of settings")
    hints = typing.get_type_hints(target)
    fields = {field.name: field for field in dataclasses.fields(target) if field.init}
    dot = f"{path}." if path else ""
    unknown = sorted(set(value) - set(fields))
    if unknown:
        known = [f"{dot}{name}" for name in fields]
        near = did_you_mean(f"{dot}{unknown[0]}", known)
        listed = f"{near}The settings here are" if near else "the settings here are"
        raise BadInput(f"{dot}{unknown[0]} is not a setting; {listed} {', '.join(known)}")
    missing = [name for name, field in fields.items() if name not in value and _is_required(field)]
    if missing:
        raise BadInput(f"{dot}{missing[0]} is missing; give it a value")
    return target(**{name: _convert(value[name], hints[name], f"{dot}{name}") for name in fields if name in value})


def _is_required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _convert_union(value: Any, options: tuple[Any, ...], path: str) -> Any:
    if value is None and types.NoneType in options:
        return None
    problems = []
    for option in options:
        if option is types.NoneType:
            continue
        try:
            return _convert(value, option, path)
        except BadInput as problem:
            problems.append(str(problem))
    words = [option for option in options[1:] if typing.get_origin(option) is Literal]
    more = [f", or {word}" for option in words for word in typing.get_args(option)]
    hint = " (write null for none)" if types.NoneType in options else ""
    raise BadInput("".join((problems[0], *more)) + hint)


def _convert_scalar(value: Any, target: Any, path: str) -> Any:
    # A bool is an int to Python; here it never stands for a number.
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if target is bool and isinstance(value, bool):
        return value
    if target is int and is_number and float(value).is_integer():
        return int(value)
    if target is float and is_number and math.isfinite(value):
        return float(value)
    if target is str and isinstance(value, str):
        return value
    if target is Any:
        return value
    names = {bool: "true or false", int: "a whole number", float: "a finite number", str: "a text"}
    raise BadInput(f"{path}={_shown(value)} must be {names.get(target, target)}")


def _shown(value: Any) -> str:
    return "null" if value is None else str(value)
