"""Many runs of one program at once: seeds, learning rates, data and hyperparameters, vectorised.

For runs of seconds whose curves are compared. Every member is what the Trainer would make of the same settings: the
step, the optimiser, the objective, the initial state and the order of the batches are the Trainer's own. Whatever is to
be resumed or tracked belongs to the Trainer.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array, Int32, PyTree

from paradigms.capacity import capacity_bytes
from paradigms.interface import Paradigm
from training.array_bytes import tree_bytes
from training.config import MeshConfig, Settings
from training.data.order import BatchOrder
from training.data.pipeline import eval_batches, require_batches
from training.data.split import Batch
from training.distributed.mesh import make_mesh
from training.errors import BadInput, NonFiniteUpdate
from training.gradients import ESTIMATORS, Estimator, reverse
from training.input_check import require_served
from training.objective import training_objective
from training.optimizer import make_optimizer
from training.programs import Programs
from training.state import TrainState, init_state
from training.step import make_step
from training.tasks import Task

MEMBERS = "members"
"""The axis of the mesh along which runs are spread over devices."""


class Curves(NamedTuple):
    """What many runs left behind; the first axis of every array is the members', in the order they were given in.

    Attributes:
        looks: Completed updates at which a run was looked at: 0, then every ``every``, to the last.
        records: What the record made of the state at each look, ``[members, looks, ...]``.
        updates: Updates that were applied before each look. Fewer than ``looks`` says that one was not finite: the
            Trainer would have ended that run there, and nothing recorded from then on is a result.
        state: After the last update.
        seeds, learning_rates: Those of the members.
    """

    looks: tuple[int, ...]
    records: PyTree[Array]
    updates: Int32[Array, "members looks"]
    state: TrainState
    seeds: tuple[int, ...]
    learning_rates: tuple[float, ...]

    def require_finite(self) -> Curves:
        """These curves, if every update of every member was finite.

        Raises:
            NonFiniteUpdate: One was not; the message names its member.
        """
        short = np.asarray(self.updates) < np.asarray(self.looks)
        if short.any():
            member = int(short.any(axis=1).argmax())
            look = self.looks[int(short[member].argmax())]
            raise NonFiniteUpdate(
                f"seed {self.seeds[member]} at learning rate {self.learning_rates[member]:g}: not every one of the "
                f"first {look} updates is finite; lower the learning rate, or inspect the data"
            )
        return self


class Many:
    """Runs of one program that differ in numbers only: seed, learning rate, data, or a paradigm's own.

    ::

        many = Many(paradigm, task, Settings(), record=lambda state: state.params, every=100)
        curves = many.run(seeds=range(10))

    Members with numbers of their own, such as a strength, are what ``family`` makes of them::

        many = Many(build(0.1), task, Settings(), family=build, every=100)
        curves = many.run(seeds=[0, 0], variants=[0.1, 0.3])

    Args:
        paradigm: What is trained.
        task: The data; the training split is held on the devices whole.
        settings: How. Its seed and learning rate are those of a member that names none; the loop's intervals, probes
            and trackers are not used.
        record: What to keep of a state; traced once. ``None`` keeps nothing.
        every: Updates between looks; it must divide ``trainer.steps``.
        family: A function from a variant, a pytree of numbers that is traced, to a paradigm of the shapes that
            ``paradigm`` has. By default every member is ``paradigm``.
        estimator: A gradient rule of one's own in place of the one that the settings name.

    Raises:
        BadInput: Settings that cannot be served.
        Unsupported: An input that the paradigm cannot serve.
    """

    def __init__(
        self,
        paradigm: Paradigm,
        task: Task,
        settings: Settings,
        *,
        record: Callable[[TrainState], PyTree[Array]] = lambda state: None,
        every: int,
        family: Callable[[Any], Paradigm] | None = None,
        estimator: Estimator | None = None,
    ) -> None:
        loop = settings.trainer
        if every < 1 or loop.steps % every:
            raise BadInput(f"every={every} must divide trainer.steps={loop.steps}, so that the last look is the end")
        for name in ("model", "fsdp"):
            if getattr(settings.mesh, name) != 1:
                raise BadInput(
                    f"mesh.{name}={getattr(settings.mesh, name)} splits one model, and here whole members are spread "
                    f"over devices; set mesh.{name}=1"
                )
        if loop.profile is not None:
            raise BadInput("trainer.profile traces the run of one model, and here many are one program; leave it out")
        require_batches(task.train, loop.batch_size)
        require_served(paradigm, task)
        # Nothing of them is run: they know one run's shapes and bytes, and what the Trainer refuses.
        self._programs = Programs(
            paradigm,
            task,
            make_optimizer(settings.optimizer, loop.steps, paradigm),
            next(iter(eval_batches(task.train, loop.batch_size))),
            seed=settings.seed,
            gradient=settings.gradient,
            trainer=loop,
            probes=settings.probes,
            mesh=make_mesh(MeshConfig(data=1), loop.batch_size),
        )
        self._paradigm, self._task, self._settings = paradigm, task, settings
        self._record, self._every, self._family = record, every, family
        self._estimator = ESTIMATORS[settings.gradient] if estimator is None else estimator
        self._mesh = _members_mesh(settings.mesh.data)
        self._held: tuple[tuple[Task, ...], Any] = (), None

    def run(
        self,
        seeds: Iterable[Any],
        *,
        learning_rates: Sequence[float] | None = None,
        data_seeds: Iterable[Any] | None = None,
        tasks: Sequence[Task] | None = None,
        variants: Sequence[PyTree] | None = None,
        at_once: int | None = None,
    ) -> Curves:
        """Train one member for each seed.

        One program serves every call with as many members at once and as many different tasks.

        Args:
            seeds: One whole number per member, from which its initial variables and all its random numbers come.
            learning_rates: Peak rate of each member; by default the settings'.
            data_seeds: The seeds of the order of each member's batches; by default its seed, as in the Trainer.
            tasks: What each member is trained on; by default the one task. They differ in their examples only; every
                device holds the training splits of all of them, one that several members share once.
            variants: What each member's paradigm is made of, where there is a ``family``.
            at_once: Members that are trained together; by default all. Fewer need less memory.

        Raises:
            BadInput: Lists of different lengths, none at all, a seed or rate out of range, tasks or variants that no
                one program serves, or more members at once than the devices have memory for.
            Unsupported: An input of a task that the paradigm cannot serve.
        """
        seeds = _whole("seed", seeds)
        rates = [self._settings.optimizer.learning_rate] * len(seeds) if learning_rates is None else learning_rates
        orders = seeds if data_seeds is None else _whole("data seed", data_seeds)
        own_tasks = [self._task] * len(seeds) if tasks is None else list(tasks)
        own_variants = self._variants(len(seeds), variants)
        _require_members(seeds, rates, orders, own_tasks)
        if at_once is not None and at_once < 1:
            raise BadInput(f"at_once={at_once} must be at least 1 run")
        width = len(seeds) if at_once is None else min(at_once, len(seeds))
        # Every device trains as many members, and every call as many as the program was compiled for.
        devices = self._mesh.size
        width += -width % devices
        different = list({id(task): task for task in own_tasks}.values())
        examples = self._examples(tuple(different), width)
        places = {id(task): place for place, task in enumerate(different)}
        parts = []
        for start in range(0, len(seeds), width):
            chosen = [min(start + place, len(seeds) - 1) for place in range(width)]
            parts.append(
                self._program(
                    jnp.asarray([seeds[member] for member in chosen], jnp.uint32),
                    jnp.asarray([rates[member] for member in chosen], jnp.float32),
                    self._batches([orders[member] for member in chosen]),
                    jnp.asarray([places[id(own_tasks[member])] for member in chosen], jnp.int32),
                    jax.tree.map(lambda leaf, chosen=chosen: leaf[np.array(chosen)], own_variants),
                    examples,
                )
            )
        records, updates, state = jax.tree.map(lambda *leaves: jnp.concatenate(leaves)[: len(seeds)], *parts)
        looks = tuple(range(0, self._settings.trainer.steps + 1, self._every))
        return Curves(looks, records, updates, state, tuple(seeds), tuple(rates))

    def _variants(self, members: int, variants: Sequence[PyTree] | None) -> PyTree[np.ndarray]:
        """The members' variants, stacked on a leading axis; an empty tree where there are none."""
        if (variants is None) != (self._family is None):
            raise BadInput(
                "no variants were given: a family needs one for each member, as in variants=[0.1, 0.3]"
                if variants is None
                else "variants were given, and there is no family to make paradigms of them: give Many(family=...)"
            )
        if variants is None or self._family is None:
            return ()
        if len(variants) != members:
            raise BadInput(f"{len(variants)} variants were given for {members} seeds; every member needs one of each")
        try:
            stacked = jax.tree.map(lambda *leaves: np.stack(leaves), *variants)
            made = self._family(variants[0])
        except ValueError as error:
            raise BadInput(f"variants {variants!r} differ in more than their numbers ({error})") from error
        shapes = [jax.eval_shape(one.init, jax.random.key(0)) for one in (self._paradigm, made)]
        wanted, found = map(jax.tree.flatten, shapes)
        if wanted != found:
            raise BadInput(
                f"the family makes a paradigm with variables {found[0]}, where those of the first paradigm are "
                f"{wanted[0]}: members may differ in numbers, not in shapes"
            )
        return stacked

    def _require_room(self, width: int, tasks: int) -> None:
        """Refuse more members at once than fit."""
        loop = self._settings.trainer
        whole = self._mesh.size * tasks * tree_bytes(self._host(self._task))
        kept = self._programs.residual_bytes if self._estimator is reverse else 0
        each = tree_bytes(self._programs.state) + kept + loop.steps * loop.batch_size * np.dtype(np.int32).itemsize
        capacity = capacity_bytes(list(self._mesh.devices.flat))
        if whole + width * each > capacity:
            fits = int(max(capacity - whole, 0) // each)
            way_out = f"give at_once={fits} or less" if fits else "use a smaller model, batch or task"
            raise BadInput(
                f"{width} runs at once need at least {(whole + width * each) / 2**30:,.1f} GiB "
                f"({each / 2**30:,.2f} GiB each), and there are {capacity / 2**30:,.1f} GiB; {way_out}"
            )

    def _batches(self, seeds: Sequence[int]) -> Int32[np.ndarray, "members looks every batch"]:
        """The examples of every update."""
        loop, examples = self._settings.trainer, len(self._task.train)

        def chosen(seed: int) -> np.ndarray:
            order = BatchOrder(examples, loop.batch_size, seed)
            return np.array([order[update] for update in range(loop.steps)], np.int32)

        orders = {seed: chosen(seed) for seed in set(seeds)}
        return np.stack([orders[seed] for seed in seeds]).reshape(len(seeds), -1, self._every, loop.batch_size)

    def _host(self, task: Task) -> tuple[PyTree[np.ndarray], PyTree[np.ndarray]]:
        return task.train.take(np.arange(len(task.train)))

    def _examples(self, tasks: tuple[Task, ...], width: int) -> tuple[PyTree[Array], PyTree[Array]]:
        """Training splits on the devices, stacked on a leading axis of tasks; those of the last call are kept."""
        self._require_room(width, len(tasks))
        held, examples = self._held
        if tuple(map(id, held)) != tuple(map(id, tasks)):
            for task in tasks:
                if task is not self._task:
                    self._require_alike(task)
            splits = [self._host(task) for task in tasks]
            whole = NamedSharding(self._mesh, PartitionSpec())
            examples = jax.device_put(jax.tree.map(lambda *leaves: np.stack(leaves), *splits), whole)
            self._held = tasks, examples
        return examples

    def _require_alike(self, task: Task) -> None:
        """Refuse a member's task that one program cannot serve beside the others."""
        if task.spec != self._task.spec or type(task) is not type(self._task):
            raise BadInput(f"task {task.name} asks for {task.spec}, where the others ask for {self._task.spec}")
        if len(task.train) != len(self._task.train):
            raise BadInput(
                f"task {task.name} has {len(task.train)} training examples, where the others have "
                f"{len(self._task.train)}: give all members as many"
            )
        require_served(self._paradigm, task)

    @cached_property
    def _program(self) -> Callable[..., tuple[PyTree[Array], Array, TrainState]]:
        spread, whole = (NamedSharding(self._mesh, PartitionSpec(*axes)) for axes in ([MEMBERS], []))
        members = jax.vmap(self._train, in_axes=(0, 0, 0, 0, 0, None))
        return jax.jit(members, in_shardings=(*[spread] * 5, whole), out_shardings=spread)

    def _train(
        self, seed: Array, rate: Array, order: Array, place: Array, variant: PyTree, examples: Any
    ) -> tuple[PyTree[Array], Array, TrainState]:
        """One member: its records, its updates at each look, and its last state."""
        settings = self._settings
        paradigm = self._paradigm if self._family is None else self._family(variant)
        optimizer = make_optimizer(settings.optimizer, settings.trainer.steps, paradigm, rate)
        objective = training_objective(paradigm, self._task)
        step = make_step(objective, self._estimator, optimizer, settings.trainer.microbatches)
        weights = np.ones(settings.trainer.batch_size, np.float32)

        def update(state: TrainState, chosen: Array) -> tuple[TrainState, None]:
            inputs, targets = jax.tree.map(lambda leaf: leaf[place, chosen], examples)
            return step(state, Batch(inputs, targets, weights))[0], None

        def look(state: TrainState) -> tuple[PyTree[Array], Array]:
            return self._record(state), state.step

        def window(state: TrainState, chosen: Array) -> tuple[TrainState, tuple[PyTree[Array], Array]]:
            state, _ = jax.lax.scan(update, state, chosen)
            return state, look(state)

        start = init_state(paradigm, optimizer, seed)
        state, kept = jax.lax.scan(window, start, order)
        first = look(start)
        records, updates = jax.tree.map(lambda one, rest: jnp.concatenate([one[None], rest]), first, kept)
        return records, updates, state


def _members_mesh(devices: int | None) -> Mesh:
    here = jax.local_devices()
    count = len(here) if devices is None else devices
    if count > len(here):
        raise BadInput(f"mesh.data={count} needs {count} devices, and this process has {len(here)}; lower it")
    return Mesh(np.array(here[:count]), (MEMBERS,), axis_types=(AxisType.Auto,))


def _whole(name: str, values: Iterable[Any]) -> tuple[int, ...]:
    try:
        return tuple(operator.index(value) for value in values)
    except TypeError as error:
        raise BadInput(f"{name}s {values!r} must be a list of whole numbers, as in range(10)") from error


def _require_members(
    seeds: Sequence[int], rates: Sequence[float], orders: Sequence[int], tasks: Sequence[Task]
) -> None:
    if len(tasks) != len(seeds):
        raise BadInput(f"{len(tasks)} tasks were given for {len(seeds)} seeds; every member needs one of each")
    if not len(seeds) == len(rates) == len(orders) > 0:
        raise BadInput(
            f"{len(seeds)} seeds, {len(rates)} learning rates and {len(orders)} data seeds were given; every member "
            "needs one of each, and there must be a member"
        )
    for name, values in (("seed", seeds), ("data seed", orders)):
        for value in values:
            if not 0 <= value < 2**32:
                raise BadInput(f"{name} {value} must be in 0 … 2³² − 1: JAX would silently cut off the rest")
    for rate in rates:
        with np.errstate(over="ignore"):
            sound = 0 < np.float32(rate) < np.inf
        if not sound:
            raise BadInput(f"learning rate {rate} must be positive and finite in single precision")
