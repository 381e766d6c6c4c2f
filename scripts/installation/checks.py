"""What the doctor looks at: each check returns findings and prints nothing."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import platform
import textwrap
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

    from training.tasks import Task

DISTRIBUTION = "gradient-cost"
WITHOUT_FILES = {"digits": "comes with scikit-learn", "arrays": "your own: task=arrays path=FILE_OR_FOLDER"}
"""Tasks that read no file of the data directory and are not generated."""


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's report.

    Attributes:
        subject: What was looked at.
        state: ``good``; ``note`` where something optional is missing or unusual; ``broken`` where something essential
            does not work.
        detail: In words.
    """

    subject: str
    state: Literal["good", "note", "broken"]
    detail: str


def versions() -> Iterator[Finding]:
    """Python and every required package, against the bounds that the installed distribution declares."""
    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet

    try:
        declared = importlib.metadata.metadata(DISTRIBUTION)
        requirements = importlib.metadata.requires(DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        yield Finding(DISTRIBUTION, "note", "not installed, so its bounds are unknown: pip install -e .")
        return
    yield Finding(DISTRIBUTION, "good", declared["Version"])
    yield _bounded("python", platform.python_version(), SpecifierSet(declared["Requires-Python"] or ""))
    for requirement in map(Requirement, requirements):
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield _bounded(requirement.name, _version(requirement.name), requirement.specifier)
    found = _version("tensorboardX")
    way_out = f"not installed; tracking=tensorboard needs pip install '{DISTRIBUTION}[tensorboard]'"
    yield Finding("tensorboardX", "good" if found else "note", found or way_out)


def devices() -> Iterator[Finding]:
    """The devices of JAX with their number and memory, who counts joules, and what else can be compiled for."""
    import jax

    from training.machines.targets import missing_compiler
    from training.pricing import NoCounter, energy_counter
    from training.run.environment import environment

    host = environment()["memory_bytes"]
    kinds: Counter[tuple[str, str, int | None]] = Counter()
    for device in jax.devices():
        limit = (device.memory_stats() or {}).get("bytes_limit")
        kinds[device.platform, device.device_kind, limit or (host if device.platform == "cpu" else None)] += 1
    for (name, kind, memory), count in kinds.items():
        size = f"{memory / 2**30:.1f} GiB{' of the machine' if name == 'cpu' else ' each'}" if memory else "unknown"
        yield Finding(name, "good", f"{count} × {kind}, memory {size}")
    try:
        yield Finding("joules", "good", f"read from {energy_counter()}")
    except NoCounter as reason:
        yield Finding("joules", "note", f"not measured here: {reason}")
    for kind, example in (("tpu", "v5e:2x2"), ("gpu", "h100")):
        missing = missing_compiler(kind)
        yield Finding(f"target={example}", "note" if missing else "good", missing or "scripts.price compiles for it")


def data(data_dir: str | None) -> Iterator[Finding]:
    """The files of every task, by presence and size; nothing is opened or downloaded."""
    from training.data.files import data_directory, missing_files
    from training.tasks import TASKS, TaskConfig, task_files

    root = data_directory(data_dir)
    for name in TASKS:
        files = task_files(TaskConfig(name))
        missing = missing_files(files, root)
        altered = [file for file in files if file not in missing and (root / file.name).stat().st_size != file.size]
        if not files:
            yield Finding(name, "good", WITHOUT_FILES.get(name, "generated, no file needed"))
        elif missing:
            download = all(file.url for file in missing)
            megabytes = sum(file.size for file in missing) / 1e6
            way_out = (
                f"downloaded when first used, {megabytes:.0f} MB" if download else "no host serves it: put it there"
            )
            yield Finding(name, "note", f"missing {root / missing[0].name}; {way_out}")
        elif altered:
            yield Finding(name, "note", f"damaged {root / altered[0].name}; delete it, and get it anew")
        else:
            yield Finding(name, "good", f"found {(root / files[0].name).parent}")


def surroundings() -> Iterator[Finding]:
    """wandb, the commit, and whether PennyLane gets by with this JAX."""
    from training.run.environment import git_state
    from training.tracking.wandb_mode import choose_mode

    mode = choose_mode(os.environ)
    yield Finding("wandb", "good", f"{mode.name}: {mode.reason}")
    git = git_state(Path(__file__).resolve().parents[2])
    changed = " with changes" if git and git["dirty"] else ""
    yield Finding("commit", "good", f"{git['commit']}{changed}" if git else "an installed copy, no checkout")
    needed = "needed: this JAX lacks jax.core.is_concrete" if _needs_shims() else "not needed with this JAX"
    yield Finding("shims for PennyLane", "good", needed)


def working(data_findings: Sequence[Finding]) -> Iterator[Finding]:
    """What works: each paradigm, by a real gradient on a batch of digits; each task, from what :func:`data` found."""
    from paradigms import CUSTOM, NAMES
    from training.tasks import TaskConfig, load_task

    task = load_task(TaskConfig("digits"))
    for name in NAMES:
        begin = time.perf_counter()
        try:
            arrays = _gradient(name, task)
        except Exception as error:  # whatever it is, it is the answer to the question
            yield Finding(f"paradigm={name}", "broken", described(error))
        else:
            seconds = time.perf_counter() - begin
            yield Finding(
                f"paradigm={name}", "good", f"a gradient of {arrays} arrays, import included, {seconds:.1f} s"
            )
    yield Finding(f"paradigm={CUSTOM}", "good", "your own: paradigm=custom model=MODULE:NAME")
    for finding in data_findings:
        available = finding.state == "good"
        yield Finding(f"task={finding.subject}", finding.state, "available" if available else "see the data above")


def described(error: Exception) -> str:
    """An error in one line, the end of a long one left out."""
    return textwrap.shorten(f"{type(error).__name__}: {error}", 300, placeholder=" ...")


def _gradient(name: str, task: Task) -> int:
    """Differentiate a tiny model of the paradigm on two examples; returns the number of arrays in the gradient.

    Raises:
        ArithmeticError: If a value of the gradient is not finite.
    """
    import jax
    import numpy as np
    from jaxtyping import PRNGKeyArray, PyTree

    from scripts.configuration.run_config import PARADIGMS
    from training.data.split import Batch
    from training.objective import training_objective

    package = importlib.import_module(PARADIGMS[name])
    paradigm = package.build(package.SMALLEST, task.spec)
    batch = Batch(*task.train.take(np.arange(2)), np.ones(2, np.float32))
    loss = training_objective(paradigm, task)

    @jax.jit
    def gradient(key: PRNGKeyArray, batch: Batch) -> PyTree:
        params, state = paradigm.init(key)
        return jax.grad(loss, has_aux=True)(params, state, batch, key)[0]

    leaves = jax.tree.leaves(gradient(jax.random.key(0), batch))
    if not all(np.isfinite(leaf).all() for leaf in leaves):
        raise ArithmeticError("a gradient is not finite")
    return len(leaves)


def _bounded(name: str, version: str | None, bounds: SpecifierSet) -> Finding:
    if version is None:
        return Finding(name, "broken", f"not installed; needs {bounds}")
    if bounds.contains(version, prereleases=True):
        return Finding(name, "good", version)
    return Finding(name, "note", f"{version} is outside {bounds}")


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _needs_shims() -> bool:
    """Whether this JAX lacks a name that PennyLane calls, be it supplied by us already."""
    import jax.core

    from paradigms.vqc import removed_jax_names

    with warnings.catch_warnings():
        # Where a name is deprecated but not yet removed, asking for it warns.
        warnings.simplefilter("ignore", DeprecationWarning)
        return getattr(jax.core, "is_concrete", removed_jax_names.is_concrete) is removed_jax_names.is_concrete
