"""Quantised networks of one architecture: trained, run in whole numbers and as spiking twins on the test images."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Literal, NamedTuple, TypeAlias

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Int, PyTree

from eval.energy.activity import Activity, joined
from eval.energy.trained_networks.quantised_activity import quantised_activity, twin_activity
from eval.energy.trained_networks.trained import NetworkKind, Trained
from eval.energy.trained_networks.training import Member, in_chunks, read_test_split, train_members
from paradigms.interface import Unsupported
from paradigms.quantised import Config, IntegerNetwork, QuantisedParadigm, build, run, stepwise, synchronous
from training.config import Settings
from training.tasks import Task

Twin: TypeAlias = Literal["synchronous", "stepwise"]
TWINS: tuple[Twin, ...] = ("synchronous", "stepwise")


class Reference(NamedTuple):
    """A network in floating point on the test images.

    Attributes:
        seed: The seed of its initial parameters and of the order of the batches.
        penalty: The weight of activity in the loss.
        correct: Which test images it got right.
        train_seconds: Seconds that its training took.
    """

    seed: int
    penalty: float
    correct: Bool[np.ndarray, " examples"]
    train_seconds: float


def floating_point_networks(
    config: Config, task: Task, settings: Settings, seeds: Sequence[int], penalties: Sequence[float] = (0.0,)
) -> list[Reference]:
    """Train networks in floating point, and test them.

    Args:
        config: Their architecture, without bits.
        task: The data.
        settings: How they are trained.
        seeds: Seeds, the same of every penalty.
        penalties: Weights of activity in the loss.

    Raises:
        Unsupported: The settings have bits.
    """
    if config.weight_bits is not None:
        raise Unsupported(f"weight_bits={config.weight_bits} is no network in floating point: set both bits to null")
    paradigm = build(replace(config, activity_penalty=1.0), task.spec)
    inputs, classes = read_test_split(task)
    predict = jax.jit(
        lambda variables, x: jnp.argmax(paradigm.run(variables.params, variables.state, x).logits, axis=-1)
    )
    found = []
    for member in train_members(paradigm, task, settings, seeds, penalties):
        parts = in_chunks(partial(predict, member.variables), inputs)
        answers = np.concatenate([np.asarray(one) for _, one in parts])
        found.append(Reference(member.seed, member.penalty, answers == classes, member.seconds))
    return found


def quantised_networks(
    config: Config,
    task: Task,
    settings: Settings,
    seeds: Sequence[int],
    penalties: Sequence[float] = (0.0,),
    twins: Sequence[Twin] = TWINS,
) -> list[Trained]:
    """Train quantised networks; run each in whole numbers, and as spiking twins, on every test image.

    Args:
        config: Their architecture and bits; its own penalty is not used.
        task: The data.
        settings: How they are trained.
        seeds: Seeds, the same of every penalty.
        penalties: Weights of activity in the loss: of the mean share of the highest level, which is the spike rate of
            the twin.
        twins: The ways in which twins are run.

    Returns:
        For each penalty and seed the quantised network, then its twins.

    Raises:
        Unsupported: The settings are floating point, or a twin needs more than 32 bits.
    """
    if config.weight_bits is None:
        raise Unsupported("a network in floating point has no spiking twin: set weight_bits and activation_bits")
    paradigm = build(replace(config, activity_penalty=1.0), task.spec)
    members = train_members(paradigm, task, settings, seeds, penalties)
    frozen = alike([paradigm.freeze(*member.variables) for member in members])
    shaped, classes = _test_images(paradigm, task)
    return [
        one
        for member, network in zip(members, frozen, strict=True)
        for one in _on_test_images(config, member, network, shaped, classes, twins)
    ]


def measured_twins(
    paradigm: QuantisedParadigm, params: PyTree, state: PyTree, task: Task
) -> tuple[tuple[Activity, ...], dict[Twin, tuple[Activity, ...]]]:
    """Count what a trained network and its spiking twins do on every test image.

    Args:
        paradigm: The network.
        params: Its parameters.
        state: Its state.
        task: The data.

    Returns:
        What the layers of the quantised network did, and those of its twin in each way of running it.

    Raises:
        Unsupported: The network is in floating point, or a twin needs more than 32 bits.
    """
    images, _ = _test_images(paradigm, task)
    quantised, *twins = _runs(paradigm.freeze(params, state), images, TWINS)
    return quantised.layers, {twin: one.layers for twin, one in zip(TWINS, twins, strict=True)}


def _test_images(paradigm: QuantisedParadigm, task: Task) -> tuple[np.ndarray, np.ndarray]:
    """All test images in the shape that the network reads, and their classes."""
    inputs, classes = read_test_split(task)
    return np.asarray(inputs).reshape(len(inputs), *paradigm.layers[0].inputs), np.asarray(classes)


def alike(networks: Sequence[IntegerNetwork]) -> list[IntegerNetwork]:
    """Give networks of one architecture the bounds that hold for all of them, so that one program runs them all."""
    found = []
    for network in networks:
        layers = tuple(
            replace(
                own,
                largest=max(one.layers[place].largest for one in networks),
                highest_threshold=max(one.layers[place].highest_threshold for one in networks),
            )
            for place, own in enumerate(network.layers)
        )
        found.append(replace(network, layers=layers))
    return found


_run, _synchronous, _stepwise = (eqx.filter_jit(one) for one in (run, synchronous, stepwise))


class _Ran(NamedTuple):
    """A network on all test images: how it was run, its latency in time steps, its answers, what its layers did."""

    kind: NetworkKind
    latency_steps: int | None
    answers: Int[np.ndarray, " examples"]
    layers: tuple[Activity, ...]


def _runs(network: IntegerNetwork, images: np.ndarray, twins: Sequence[Twin]) -> Iterator[_Ran]:
    """Run a quantised network in whole numbers, and then as its spiking twin in each of these ways."""

    def ran(kind: NetworkKind, latency: int | None, way: Callable, count: Callable) -> _Ran:
        parts = in_chunks(partial(way, network), images)
        answers = np.concatenate([np.asarray(result.charge).argmax(-1) for _, result in parts])
        return _Ran(kind, latency, answers, joined([count(network, result, x) for x, result in parts]))

    steps = network.highest
    ways: dict[Twin, tuple[NetworkKind, int, Callable]] = {
        "synchronous": ("twin_synchronous", steps * len(network.layers), _synchronous),
        "stepwise": ("twin_stepwise", steps, _stepwise),
    }
    yield ran("quantised", None, _run, quantised_activity)
    for twin in twins:
        yield ran(*ways[twin], partial(twin_activity, synchronous=twin == "synchronous"))


def _on_test_images(
    config: Config,
    member: Member,
    network: IntegerNetwork,
    images: np.ndarray,
    classes: np.ndarray,
    twins: Sequence[Twin],
) -> list[Trained]:
    return [
        Trained(
            kind=one.kind,
            architecture=config.architecture,
            seed=member.seed,
            weight_bits=network.weight_bits,
            activation_bits=int(network.highest).bit_length(),
            time_steps=None if one.latency_steps is None else network.highest,
            latency_steps=one.latency_steps,
            penalty=member.penalty,
            exit_margin=None,
            answers=one.answers,
            correct=one.answers == classes,
            layers=one.layers,
            train_seconds=member.seconds,
        )
        for one in _runs(network, images, twins)
    ]
