"""The comments of a YAML file, by the key or the list item behind which they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import yaml

Path = tuple[str, ...]

_BEHIND = re.compile(r":?\s+#\s*(.*)")
_BLOCK_SCALARS = ("|", ">")


def comments(text: str) -> Mapping[Path, str]:
    """Read the comments that stand behind a value, on the line on which it ends.

    A comment behind the key of a block describes the block. Whole lines of comments are of the file, see
    :func:`heading`; what is written inside brackets and braces is one value.

    Args:
        text: A YAML document.

    Returns:
        The comments without their ``#``, by the keys that lead to each. The key of an item of a list is its value, or
        its number where it is a mapping or a list itself.

    Raises:
        yaml.YAMLError: The text is no YAML.
    """
    # As PyYAML counts lines: a line separator of Unicode in a comment ends none.
    lines = re.split(r"\r\n|[\r\n\x85\u2028\u2029]", text)
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    return {} if root is None else dict(_found(root, (), lines))


def heading(text: str) -> str:
    """The lines of comments with which a file begins, as one; Hydra's directives are left out."""
    spoken = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        if not line.startswith("# @"):
            spoken.append(line.lstrip("#").strip())
    return " ".join(spoken)


def _found(node: yaml.Node, path: Path, lines: list[str]) -> Iterator[tuple[Path, str]]:
    if isinstance(node, yaml.MappingNode):
        entries = [(str(key.value), key.end_mark, value) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        entries = [
            (str(value.value if isinstance(value, yaml.ScalarNode) else number), value.start_mark, value)
            for number, value in enumerate(node.value)
        ]
    else:
        return
    for name, start, value in entries:
        is_block = isinstance(value, yaml.CollectionNode) and not value.flow_style
        end = start if is_block else value.end_mark
        is_text = isinstance(value, yaml.ScalarNode) and value.style in _BLOCK_SCALARS
        rest = "" if is_text or end.line >= len(lines) else lines[end.line][end.column :]
        if behind := _BEHIND.fullmatch(rest):
            yield (*path, name), behind[1].strip()
        if is_block:
            yield from _found(value, (*path, name), lines)
