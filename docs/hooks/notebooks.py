"""Tutorials are notebooks: executed by ``python docs/hooks/notebooks.py NOTEBOOK ...``, shown by MkDocs as pages.

A notebook needs no Jupyter to be executed or shown here, and works in it. Its first cell of code sets the numbers that
decide how long it takes; that cell's metadata has smaller ones, with which ``--short`` executes all cells and writes
nothing. Cells run in one namespace and an empty folder; what they print, the value of a last expression and the figures
of pyplot become their outputs. What they were made by stands in the notebook's metadata.
"""

from __future__ import annotations

import ast
import base64
import contextlib
import hashlib
import io
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

MADE_BY = "made_by"
"""Key of the metadata that says by which version, from which cells, outputs were made."""
SHORT = "short"
"""Key of the metadata of a notebook's first cell of code, with the numbers of an execution that only checks it."""
DOTS_PER_INCH = 90


def on_files(files: Any, *, config: Any) -> Any:
    """Give MkDocs a page for each notebook, which itself can be fetched from beside it."""
    from mkdocs.structure.files import File

    for file in [one for one in files if one.src_uri.endswith(".ipynb")]:
        page = file.src_uri.removesuffix(".ipynb") + ".md"
        notebook = json.loads(Path(file.abs_src_path).read_text())
        files.append(File.generated(config, page, content=to_markdown(notebook, Path(file.src_uri).name)))
    return files


def to_markdown(notebook: Mapping[str, Any], name: str) -> str:
    """Write a notebook as a page: its text, its code, and below each what it put out.

    Args:
        notebook: The content of the file.
        name: Its name, for the link from which it is fetched.
    """
    title, *rest = "".join(notebook["cells"][0]["source"]).split("\n")
    first = [title, "", f"[This page as a notebook]({name}), executed as it stands.", *rest]
    return "\n\n".join(["\n".join(first), *(block for cell in notebook["cells"][1:] for block in _blocks(cell))]) + "\n"


def _blocks(cell: Mapping[str, Any]) -> Iterator[str]:
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        yield source
        return
    yield f"```python\n{source}\n```"
    for output in cell["outputs"]:
        data = output.get("data", {})
        if "image/png" in data:
            yield f"![{cell['metadata'].get('alt', '')}](data:image/png;base64,{data['image/png'].strip()})"
        else:
            yield f"```text\n{''.join(output.get('text', data.get('text/plain', ''))).rstrip()}\n```"


def executed(notebook: Mapping[str, Any], **numbers: Any) -> dict[str, Any]:
    """Run a notebook's cells in a folder of their own, and return it with what they put out.

    Args:
        notebook: The content of the file.
        numbers: What replaces the names that its first cell of code sets.

    Raises:
        KeyError: The first cell of code sets no such name.
    """
    import matplotlib

    matplotlib.use("agg")
    here, path = Path.cwd(), list(sys.path)
    names: dict[str, Any] = {"__name__": "__main__"}
    cells: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            for cell in notebook["cells"]:
                if cell["cell_type"] == "code":
                    count = sum(one["cell_type"] == "code" for one in cells) + 1
                    cell = {**cell, "execution_count": count, "outputs": _run("".join(cell["source"]), names)}
                    if count == 1:
                        _replace(names, numbers)
                cells.append(cell)
        finally:
            os.chdir(here)
            sys.path[:] = path
    made_by = {"gradient-cost": version("gradient-cost"), "sources": sources(notebook)}
    return {**notebook, "cells": cells, "metadata": {**notebook["metadata"], MADE_BY: made_by}}


def _replace(names: dict[str, Any], numbers: Mapping[str, Any]) -> None:
    if unknown := sorted(set(numbers) - set(names)):
        raise KeyError(f"the first cell of code sets no {unknown[0]}")
    names |= numbers


def short_numbers(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """Return the small numbers of a notebook, lists as tuples."""
    first = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    numbers = first["metadata"][SHORT]
    return {name: tuple(value) if isinstance(value, list) else value for name, value in numbers.items()}


def sources(notebook: Mapping[str, Any]) -> str:
    """Return a digest of all code."""
    code = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return hashlib.sha256("\n\n".join(code).encode()).hexdigest()


def _run(source: str, names: dict[str, Any]) -> list[dict[str, Any]]:
    """Run a cell, and return its outputs as a notebook holds them."""
    import matplotlib.pyplot as plt

    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed, value = io.StringIO(), None
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, "<cell>", "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)
    outputs: list[dict[str, Any]] = []
    if printed.getvalue():
        outputs.append({"output_type": "stream", "name": "stdout", "text": printed.getvalue().splitlines(True)})
    for number in plt.get_fignums():
        data = {"image/png": _png(plt.figure(number))}
        outputs.append({"output_type": "display_data", "metadata": {}, "data": data})
    plt.close("all")
    if value is not None and not source.rstrip().endswith(";"):
        text = {"text/plain": repr(value).splitlines(True)}
        outputs.append({"output_type": "execute_result", "metadata": {}, "data": text, "execution_count": None})
    return outputs


def _png(figure: Any) -> str:
    """Draw a figure in as few bytes as its few colours take."""
    from PIL import Image

    drawn, small = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, dpi=DOTS_PER_INCH, bbox_inches="tight")
    Image.open(drawn).convert("RGB").quantize(64, dither=Image.Dither.NONE).save(small, "png", optimize=True)
    return base64.b64encode(small.getvalue()).decode() + "\n"


def main() -> None:
    """Execute the notebooks that are named, in place; after ``--short``, with small numbers and nothing written."""
    short, names = sys.argv[1:2] == ["--short"], sys.argv[1:]
    for name in names[short:]:
        path = Path(name).absolute()
        notebook = json.loads(path.read_text())
        try:
            content = executed(notebook, **(short_numbers(notebook) if short else {}))
        except Exception as error:
            error.add_note(f"while {name} was executed")
            raise
        if not short:
            path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
        print(f"{name}: executed", flush=True)


if __name__ == "__main__":
    main()
