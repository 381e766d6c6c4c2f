"""Tables of the study of inference whose outcome is known by construction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from eval.claims.c11 import CHECKED, RATIO, TASKS
from eval.claims.c12 import ARMS
from eval.rows import Row
from eval.studies.inference.config import Config
from eval.studies.inference.rows import ChainLength, Collapse, EqualCost, Overthinking, Thinking

CONFIG = Config(seeds=3)
FEWER, MOST = CONFIG.verifier_problems
NOISE = 0.004
"""How far repetitions are from each other."""
LONGEST = 6
"""Steps of the longest chain that is trained."""
NAMES = ("majority", "best_of", "weighted", "optimal", "fewer_lessons", "hardest", "easiest", "training_counted")


def table(
    gains: Mapping[str, float] | None = None,
    *,
    large: float = 0.5,
    excess: float = -0.3,
    effort: float = 0.5,
    drop: float = 0.1,
    trained: float = 0.4,
    untrained: float = 0.0,
    noise: float = NOISE,
    seeds: int = 3,
) -> list[Row]:
    """Make a table.

    Args:
        gains: What the small model solves more, by statement of C11; 10 points of others.
        large: The share that the large model solves.
        excess: Accuracy at the first untrained length, less half of the extrapolated one.
        effort: Tokens written over tokens needed, at twice the longest trained length.
        drop: What choosing among more answers loses.
        trained: What working out gains at trained lengths; at the shortest half of it.
        untrained: What it gains at untrained lengths; at the longest.
        noise: How far repetitions are from each other.
        seeds: Repetitions.
    """
    rows: list[Row] = []
    for seed in range(seeds):
        turn = noise * (seed - (seeds - 1) / 2)
        for task in TASKS:
            for name in (*NAMES, *(("checker",) if task == CHECKED else ())):
                gain = (gains or {}).get(f"{task}_{name}", 0.1) + turn
                rows += _compared(task, name, seed, gain, large)
        rows += [_collapse(arm, seed, excess + turn) for arm in ARMS]
        rows += [_length(arm, steps, seed, effort + turn) for arm in ("small", "large") for steps in (LONGEST, 12)]
        rows += [_overthinking(verifier, seed, drop + turn) for verifier in (FEWER, MOST)]
        for model in ("small", "large"):
            rows += [
                _thinking(model, steps, seed, gain + turn)
                for steps, gain in (
                    (1, -1.0),
                    (2, trained / 2),
                    (LONGEST, trained),
                    (7, untrained - 0.1),
                    (12, untrained),
                )
            ]
    return rows


def _compared(task: str, name: str, seed: int, gain: float, large: float) -> list[EqualCost]:
    selectors = {"majority": "majority", "best_of": "verifier", "weighted": "weighted", "checker": "checker"}
    selector = selectors.get(name)
    fifth = {"hardest": 0, "easiest": 4}.get(name)
    verifier = None if selector in ("majority", "checker") else FEWER if name == "fewer_lessons" else MOST
    row = EqualCost(
        task=task,
        training_seed=seed,
        strategy="compute_optimal" if selector is None else "sampling",
        selector=selector,
        verifier=verifier,
        temperature=None if selector is None else 1.0,
        inference_ratio=RATIO if name == "training_counted" else None,
        complexity=None,
        difficulty_bin=fifth,
        difficulty=None if fifth is None else "pass_rate",
        preferred=True,
        samples=None if selector is None else 20.0,
        cost_ratio=0.9,
        problems=400,
        small_accuracy=min(1.0, large + gain),
        large_accuracy=large,
        difference=gain,
        low=gain - 0.01,
        high=gain + 0.01,
    )
    # What no statement may be judged by: one complexity, a temperature that was not preferred, bins by the score.
    others = [replace(row, complexity=3, difference=-gain, low=-gain - 0.01, high=-gain + 0.01)]
    if selector is not None:
        others.append(replace(others[0], complexity=None, preferred=False))
    if fifth is not None:
        others.append(replace(others[0], complexity=None, difficulty="score"))
    return [row, *others]


def _collapse(arm: str, seed: int, excess: float) -> Collapse:
    return Collapse(
        training_seed=seed,
        model=arm,
        complexity=LONGEST + 1,
        problems=200,
        accuracy=0.4 + excess,
        extrapolated=0.8,
        share=0.5,
        excess=excess,
        low=excess - 0.02,
        high=excess + 0.02,
    )


def _length(arm: str, steps: int, seed: int, effort: float) -> ChainLength:
    needed = 3 * steps + 1
    spent = needed * (effort if steps > LONGEST else 1.0)
    return ChainLength(
        training_seed=seed,
        model=arm,
        form="THINK",
        complexity=steps,
        trained=steps <= LONGEST,
        problems=200,
        accuracy=0.5,
        low=0.4,
        high=0.6,
        tokens_spent=spent,
        tokens_low=spent - 0.2,
        tokens_high=spent + 0.2,
        tokens_needed=needed,
        cut=0.0,
        extrapolated=0.5,
    )


def _overthinking(verifier: int, seed: int, drop: float) -> Overthinking:
    return Overthinking(
        task="countdown",
        training_seed=seed,
        complexity=None,
        verifier=verifier,
        temperature=1.0,
        samples=8.0,
        problems=400,
        accuracy=0.5,
        whole_accuracy=0.5 - drop,
        drop=drop,
        low=drop - 0.01,
        high=drop + 0.01,
    )


def _thinking(model: str, steps: int, seed: int, difference: float) -> Thinking:
    return Thinking(
        training_seed=seed,
        model=model,
        complexity=steps,
        trained=steps <= LONGEST,
        votes=8,
        problems=200,
        think_accuracy=0.5,
        vote_accuracy=0.5 - difference,
        difference=difference,
        low=difference - 0.01,
        high=difference + 0.01,
    )


def _without(*kinds: type[Row]) -> tuple[list[Row], Config]:
    return [row for row in table() if not isinstance(row, kinds)], CONFIG


def _searching(name: str) -> dict[str, tuple[list[Row], Config]]:
    return {
        "holds": (table({name: 0.05}), CONFIG),
        "fails": (table({name: 0.0}), CONFIG),
        # The mean is on the threshold.
        "undecided": (table({name: 0.02}), CONFIG),
        "not measured": _without(EqualCost),
    }


def _by(argument: str, holds: float, fails: float, undecided: float, kind: type[Row]) -> dict:
    return {
        "holds": (table(**{argument: holds}), CONFIG),
        "fails": (table(**{argument: fails}), CONFIG),
        "undecided": (table(**{argument: undecided}), CONFIG),
        "not measured": _without(kind),
    }


TABLES = {
    **{
        f"C11.{task}_{name}": _searching(f"{task}_{name}")
        for task in TASKS
        for name in (*NAMES, *(("checker",) if task == CHECKED else ()))
    },
    **{f"C12.collapse_{arm}": _by("excess", -0.3, 0.1, 0.0, Collapse) for arm in ARMS},
    **{f"C12.effort_{arm}": _by("effort", 0.5, 1.0, 0.75, ChainLength) for arm in ("small", "large")},
    **{
        f"C12.{name}": _by("drop", 0.1, 0.0, 0.02, Overthinking)
        for name in ("overthinking_fewer_lessons", "overthinking")
    },
    "C12.thinking_trained": _by("trained", 0.4, -0.1, 0.04, Thinking),
    "C12.thinking_untrained": _by("untrained", 0.1, 0.0, 0.02, Thinking),
}
