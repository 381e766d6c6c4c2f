"""Spiking networks that are trained as such, with a penalty on their rate: for all steps, or until they are sure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import jax
import numpy as np
from jaxtyping import Array, PyTree, Shaped

from eval.energy.activity import Activity, joined
from eval.energy.bits import bits_of
from eval.energy.trained_networks.spiking_activity import (
    FLOATING_POINT_BITS,
    StepCounts,
    activities,
    count_steps,
    exit_steps,
    require_countable,
)
from eval.energy.trained_networks.trained import Trained
from eval.energy.trained_networks.training import in_chunks, read_test_split, train_members
from paradigms.interface import Variables
from paradigms.snn import Config, build
from paradigms.snn.model import SNN
from training.config import Settings
from training.tasks import Task

INPUT_BITS = 8
"""Of a pixel."""


def measured_activity(
    paradigm: SNN, params: PyTree, state: PyTree, task: Task, *, input_bits: int = INPUT_BITS
) -> tuple[Activity, ...]:
    """Count what a trained spiking network does on every test image, in all its time steps.

    Args:
        paradigm: The network.
        params: Its parameters.
        state: Its state.
        task: The data.
        input_bits: Bits of an input value.

    Raises:
        Unsupported: See :func:`eval.energy.trained_networks.spiking_activity.require_countable`.
    """
    counted = step_activity(paradigm, input_bits=input_bits)
    return counted(Variables(params, state), read_test_split(task)[0])


def step_activity(
    paradigm: SNN, *, input_bits: int = INPUT_BITS
) -> Callable[[Variables, Shaped[np.ndarray, "examples ..."]], tuple[Activity, ...]]:
    """Compile what counts the events of a spiking network in all its time steps.

    Args:
        paradigm: The network.
        input_bits: Bits of an input value.

    Returns:
        A function of the network's variables and of examples to what its layers do on these.

    Raises:
        Unsupported: See :func:`eval.energy.trained_networks.spiking_activity.require_countable`.
    """
    require_countable(paradigm)
    counting = _counting(paradigm)

    def count(variables: Variables, inputs: Shaped[np.ndarray, "examples ..."]) -> tuple[Activity, ...]:
        parts = _counts(counting, variables, inputs)
        return joined([activities(paradigm, counts, exit_steps(counts.totals, None), input_bits) for counts in parts])

    return count


def direct_networks(
    config: Config,
    task: Task,
    settings: Settings,
    seeds: Sequence[int],
    penalties: Sequence[float] = (0.0,),
    exit_margins: Sequence[float] = (),
    *,
    input_bits: int = INPUT_BITS,
) -> list[Trained]:
    """Train spiking networks through time, and run each on every test image.

    Args:
        config: Their architecture, time steps and bits of a weight; its own penalty is not used.
        task: The data.
        settings: How they are trained.
        seeds: Seeds, the same of every penalty.
        penalties: Weights of activity in the loss: of the mean spikes of a hidden neuron per step. The penalty of a
            quantised network, of the mean share of the highest level, is that of its spiking twin.
        exit_margins: Leads of the first class over the second at which an example stops.
        input_bits: Bits of an input value.

    Returns:
        For each penalty and seed the network that takes all steps, then one of each margin.

    Raises:
        Unsupported: See :func:`eval.energy.trained_networks.spiking_activity.require_countable`.
    """
    paradigm = build(replace(config, rate_penalty=1.0), task.spec)
    require_countable(paradigm)
    counting = _counting(paradigm)
    inputs, classes = read_test_split(task)
    found = []
    for member in train_members(paradigm, task, settings, seeds, penalties):
        parts = _counts(counting, member.variables, inputs)
        for margin in (None, *exit_margins):
            taken = [exit_steps(counts.totals, margin) for counts in parts]
            answers = np.concatenate(
                [
                    counts.totals[own - 1, np.arange(len(own))].argmax(axis=-1)
                    for counts, own in zip(parts, taken, strict=True)
                ]
            )
            found.append(
                Trained(
                    kind="direct" if margin is None else "early_exit",
                    architecture="mlp" if config.architecture == "dense" else config.architecture,
                    seed=member.seed,
                    weight_bits=config.weight_bits or FLOATING_POINT_BITS,
                    activation_bits=bits_of(config.time_steps),
                    time_steps=config.time_steps,
                    latency_steps=int(max(own.max() for own in taken)),
                    penalty=member.penalty,
                    exit_margin=margin,
                    answers=answers,
                    correct=answers == classes,
                    layers=joined(
                        [
                            activities(paradigm, counts, own, input_bits)
                            for counts, own in zip(parts, taken, strict=True)
                        ]
                    ),
                    train_seconds=member.seconds,
                )
            )
    return found


def _counting(paradigm: SNN) -> Callable[[Variables, Array], StepCounts]:
    return jax.jit(lambda variables, x: count_steps(paradigm, variables.params, variables.state, x))


def _counts(
    counting: Callable[[Variables, Array], StepCounts], variables: Variables, inputs: Shaped[np.ndarray, "examples ..."]
) -> list[StepCounts]:
    """Count on all examples, in chunks; the arrays are NumPy's."""
    return [jax.device_get(counts) for _, counts in in_chunks(partial(counting, variables), inputs)]
