"""The compiled programs of a run: the step, the probe, the evaluation, and the pricing of one gradient."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from paradigms.capacity import capacity_bytes
from paradigms.interface import Paradigm, PlacesParameters, Spec, Unsupported
from training.array_bytes import tree_bytes
from training.config import ProbesConfig, Settings, TrainerConfig
from training.data.pipeline import eval_batches
from training.data.split import Batch
from training.distributed.mesh import batch_sharding, make_mesh, shape_of, state_shardings
from training.errors import BadInput
from training.evaluation import evaluation_sums
from training.gradients import ESTIMATORS, GradientName, accumulated, require_forward_mode
from training.input_check import require_served
from training.objective import training_objective
from training.optimizer import make_optimizer
from training.pricing import (
    NO_CIRCUITS,
    NO_REVERSE_PASS,
    Circuits,
    Program,
    Timing,
    circuits_of,
    peak_bytes,
    price,
    residual_bytes,
)
from training.pricing.compilation import Compilation
from training.probes.variance import OVER_ESTIMATES, OVER_EXAMPLES, make_probe, unavailable_over_examples
from training.state import TrainState, init_state
from training.step import Metrics, checked_names, make_step
from training.tasks import Task

FLATTEN = "flatten each example (inputs.reshape(len(inputs), -1), or jnp.ravel of one)"
NO_REVERSE = "gradient={} has no reverse pass to keep anything for"
NOT_METERED = "a run does not stop to repeat one gradient for seconds; the study gradient_worth reads joules"
TIMING_OFF = "switched off by probes.timing_repeats=0"
COMPILING = "time/compile_seconds"
PROBES_OFF = "switched off by probes.every=0"
STEP, EVALUATION, PROBE = "step", "evaluation", "probe"
"""The programs that the loop runs."""
NO_FORWARD = "it is priced alone: the price of a gradient beside its forward pass is measure_gradient's"


@dataclass(frozen=True)
class Measured:
    """Metrics that could be had, and the reason for each that could not."""

    metrics: dict[str, int | float]
    unavailable: dict[str, str]


class Programs:
    """Everything a run compiles, with the shardings it is compiled for.

    Making one only traces, and refuses what will not fit in memory; programs are compiled when first asked for.

    Attributes:
        state: Shapes and dtypes of the state.
        telemetry: Names of what the model tells of itself.
        mesh: Where state and batch are.
        mesh_shape: Devices along each axis of the mesh.
    """

    def __init__(
        self,
        paradigm: Paradigm,
        task: Task,
        optimizer: optax.GradientTransformation,
        example: Batch,
        *,
        seed: int,
        gradient: GradientName,
        trainer: TrainerConfig,
        probes: ProbesConfig,
        mesh: Mesh,
        compiler_options: Mapping[str, str | bool] | None = None,
    ) -> None:
        self._paradigm = paradigm
        self._trainer = trainer
        self._probes = probes
        self._gradient: GradientName = gradient
        self.mesh = mesh
        self._compiler_options = None if compiler_options is None else dict(compiler_options)
        self._objective = training_objective(paradigm, task)
        self._estimator = ESTIMATORS[gradient]
        self._init = lambda: init_state(paradigm, optimizer, seed)
        self.state: TrainState = jax.eval_shape(self._init)
        self.batch: Batch = jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype), example)
        placement = paradigm.placement if isinstance(paradigm, PlacesParameters) else None
        self.state_shardings = state_shardings(mesh, self.state, placement)
        self.batch_sharding = batch_sharding(mesh)
        self._replicated = NamedSharding(mesh, PartitionSpec())
        self.mesh_shape = shape_of(mesh)
        self.parameters = sum(leaf.size for leaf in jax.tree.leaves(self.state.params))
        if self.parameters == 0:
            raise BadInput(
                f"{paradigm.name} has no parameters, so that there is nothing to train: let it hold arrays of real "
                "numbers, or let `trainable` choose some of them"
            )
        self.checked_names = checked_names(self.state)

        self._require_prediction(task.spec)
        piece = (self.state.params, self.state.model_state, self._piece(), self.state.key)
        self.residual_bytes = residual_bytes(self._objective, *piece)
        self._refuse_what_does_not_fit()
        if gradient == "forward":
            require_forward_mode(self._objective, *piece)

        self._step = make_step(self._objective, self._estimator, optimizer, trainer.microbatches)
        self._sums = evaluation_sums(paradigm, task)

    @classmethod
    def of_run(
        cls,
        paradigm: Paradigm,
        task: Task,
        settings: Settings,
        devices: Sequence[Any] | None = None,
        compiler_options: Mapping[str, str | bool] | None = None,
    ) -> Programs:
        """Make the programs of a run.

        Args:
            paradigm: What is trained.
            task: The data and their loss.
            settings: How.
            devices: What the programs are compiled for; by default this process's devices.
            compiler_options: What XLA is told beyond what it assumes by itself.

        Raises:
            BadInput: Settings that cannot be served; raised before anything is compiled.
            Unsupported: An input that the paradigm cannot serve, likewise.
        """
        loop = settings.trainer
        require_served(paradigm, task)
        return cls(
            paradigm,
            task,
            make_optimizer(settings.optimizer, loop.steps, paradigm),
            next(iter(eval_batches(task.train, loop.batch_size))),
            seed=settings.seed,
            gradient=settings.gradient,
            trainer=loop,
            probes=settings.probes,
            mesh=make_mesh(settings.mesh, loop.batch_size, devices),
            compiler_options=compiler_options,
        )

    def _require_prediction(self, spec: Spec) -> None:
        """Refuse a model whose predictions are not of the task's shape: a loss might silently broadcast them."""
        try:
            output = jax.eval_shape(
                lambda state, inputs: self._paradigm.apply(
                    state.params, state.model_state, inputs, key=state.key, train=True
                ),
                self.state,
                self.batch.inputs,
            )
        except (BadInput, Unsupported):
            raise
        except Exception as error:
            raise BadInput(self._inapplicable(error)) from error
        self.telemetry = tuple(output.telemetry)
        time_axis = jax.tree.leaves(spec.inputs)[0].shape[:1] if spec.kind == "language" else ()
        expected = (self._trainer.batch_size, *time_axis, spec.outputs)
        if output.prediction.shape != expected:
            deeper = len(output.prediction.shape) > len(expected)
            way_out = f"{FLATTEN} before a dense layer" if deeper else f"give the model {spec.outputs} outputs"
            raise BadInput(
                f"{self._paradigm.name} predicts an array of shape {output.prediction.shape} where this {spec.kind} "
                f"task needs {expected}; {way_out}"
            )
        changed = jax.tree.structure(output.state) != jax.tree.structure(self.state.model_state)
        if changed:
            raise BadInput(
                f"{self._paradigm.name} returns a state of another structure than it was given "
                f"({jax.tree.structure(output.state)} for {jax.tree.structure(self.state.model_state)}): return every "
                "variable that came in, and no other"
            )

    def _inapplicable(self, error: Exception) -> str:
        shapes = ", ".join(f"{leaf.dtype}{list(leaf.shape)}" for leaf in jax.tree.leaves(self.batch.inputs))
        reason = next(iter(str(error).splitlines()), "")
        sentence = f"{self._paradigm.name} cannot be applied to a batch of {shapes} ({type(error).__name__}: {reason})"
        if isinstance(error, NameError) and "axis name" in reason:
            return f"{sentence}; the model is called on the whole batch, where no axis has a name: leave axis_name out"
        return f"{sentence}; {FLATTEN} if the model takes flat inputs"

    def _piece(self) -> Batch:
        """One microbatch: what is differentiated at a time."""
        size = self._trainer.batch_size // self._trainer.microbatches
        return jax.tree.map(lambda x: jax.ShapeDtypeStruct((size, *x.shape[1:]), x.dtype), self.batch)

    def _refuse_what_does_not_fit(self) -> None:
        # Only its own devices tell a process what they hold, and all processes have as many.
        processes = jax.process_count()
        devices = self.mesh.local_devices if processes > 1 else self.mesh.devices.flat
        capacity = processes * capacity_bytes(list(devices))
        kept = self.residual_bytes if self._gradient == "reverse" else 0
        needed = tree_bytes((self.state, self.batch)) + kept
        if needed > capacity:
            raise BadInput(
                f"one update needs at least {needed / 2**30:,.1f} GiB ({kept / 2**30:,.1f} GiB of it kept for the "
                f"reverse pass), and there are {capacity / 2**30:,.1f} GiB; lower trainer.batch_size or raise "
                "trainer.microbatches, choose a paradigm.differentiation that keeps less, or a smaller model"
            )

    def _compile(self, function: Callable, out: Any, donate: bool = False) -> Callable:
        jitted = jax.jit(
            function,
            in_shardings=(self.state_shardings, self.batch_sharding),
            out_shardings=out,
            donate_argnums=(0,) if donate else (),
        )
        # A model may place its own intermediate values by the names of the mesh's axes.
        with jax.sharding.use_abstract_mesh(self.mesh.abstract_mesh):
            return jitted.lower(self.state, self.batch).compile(self._compiler_options)

    def compile(self) -> None:
        """Compile everything that the loop runs, so that no compilation falls inside a timed window."""
        _ = self.step, self.evaluate, self.probe

    @cached_property
    def of_loop(self) -> Mapping[str, Program]:
        """What the loop runs, by name: ``step``, ``evaluation`` and, unless it is switched off, ``probe``."""

        def evaluate(state: TrainState, batch: Batch) -> Metrics:
            return self._sums(state.params, state.model_state, batch, state.key)

        found = {
            STEP: self._program(self._step, (self.state_shardings, self._replicated), is_update=True),
            EVALUATION: self._program(evaluate, self._replicated),
        }
        if self._probes.every:
            probe = make_probe(
                self._objective,
                self._estimator,
                over_examples=not unavailable_over_examples(self._paradigm.batch_coupled, self._trainer.batch_size),
                chunk=self._probes.chunk,
                estimates=self._probes.estimates,
                microbatches=self._trainer.microbatches,
            )
            found[PROBE] = self._program(probe, self._replicated)
        return MappingProxyType(found)

    def _program(self, function: Callable, out: Any, is_update: bool = False) -> Program:
        return Program(
            function,
            self.state,
            self.batch,
            forward=NO_FORWARD,
            kept=self._kept() if is_update else NO_REVERSE_PASS,
            circuits=self._circuits() if is_update else NO_CIRCUITS,
            compiler=lambda function, *_: self._compile(function, out, donate=is_update),
        )

    @cached_property
    def step(self) -> Callable[[TrainState, Batch], tuple[TrainState, Metrics]]:
        """The compiled step. It donates the state it is given."""
        return self.of_loop[STEP].compiled

    @cached_property
    def compilation(self) -> Compilation:
        """The compiled step, and the seconds that it took."""
        return self.of_loop[STEP].compilation

    @cached_property
    def evaluate(self) -> Callable[[TrainState, Batch], Metrics]:
        """The compiled evaluation of one batch: sums of loss and scores, and the count."""
        return self.of_loop[EVALUATION].compiled

    @cached_property
    def probe(self) -> Callable[[TrainState, Batch], Metrics] | None:
        """The compiled probe; ``None`` where probes are switched off."""
        return self.of_loop[PROBE].compiled if PROBE in self.of_loop else None

    def initial_state(self) -> TrainState:
        """The state before the first update, placed on the mesh."""
        return jax.jit(self._init, out_shardings=self.state_shardings)()

    def place(self, batch: Batch) -> Batch:
        """Move a batch from the host to the mesh; of several processes each gives the rows that its devices hold.

        Compiled programs also take a batch on the host, and move it themselves at a tenth of the cost of this call,
        where one process has all of it.
        """
        if jax.process_count() == 1:
            return jax.device_put(batch, self.batch_sharding)
        return jax.tree.map(
            lambda here, whole: jax.make_array_from_process_local_data(self.batch_sharding, here, whole.shape),
            batch,
            self.batch,
        )

    def measure_gradient(self, state: TrainState, batch: Batch) -> Measured:
        """Price one gradient: bytes, operations, circuit executions, and seconds beside the forward pass.

        The forward and the gradient program are compiled apart from the step, where ``probes.compiled`` is true.
        Neither changes anything.
        """
        repeats = self._probes.timing_repeats
        found = price(
            self._gradient_program(state, batch),
            compiled=self._probes.compiled,
            timing=Timing(repeats) if repeats else TIMING_OFF,
            energy=NOT_METERED,
        )
        peak = self.measure_peak()
        # What a run waits for is the step's compilation, and not the gradient's beside it.
        compiling = self.compilation
        metrics, unavailable = found.metrics(), dict(found.unavailable)
        metrics.pop(COMPILING, None)
        unavailable.pop(COMPILING, None)
        if compiling.read:
            unavailable[COMPILING] = compiling.unavailable
        else:
            metrics[COMPILING] = compiling.seconds
        return Measured(metrics | peak.metrics, unavailable | peak.unavailable | self._unavailable_from_probe())

    def _gradient_program(self, state: TrainState, batch: Batch) -> Program:
        """The gradient of one update, beside its forward pass."""
        accumulate = accumulated(self._estimator, self._trainer.microbatches)
        forward_only = accumulated(lambda loss, p, k: (loss(p, k), jnp.zeros(())), self._trainer.microbatches)

        def gradient(state: TrainState, batch: Batch) -> Any:
            return accumulate(self._objective, state.params, state.model_state, batch, state.key)

        def forward(state: TrainState, batch: Batch) -> Any:
            return forward_only(self._objective, state.params, state.model_state, batch, state.key)[0]

        def compiler(function: Callable, *arguments: Any) -> Callable:
            return self._compile(function, None)

        return Program(
            gradient,
            state,
            batch,
            forward=Program(forward, state, batch, compiler=compiler),
            kept=self._kept(),
            circuits=self._circuits(),
            compiler=compiler,
        )

    def _kept(self) -> Callable[[], int] | str:
        """Bytes kept for the reverse pass of one update, or why there are none."""
        return (lambda: self.residual_bytes) if self._gradient == "reverse" else NO_REVERSE.format(self._gradient)

    def _circuits(self) -> Circuits:
        """What quantum hardware would run for one update."""
        return circuits_of(self._paradigm.name, self._paradigm.cost(), self._gradient, self._trainer.batch_size)

    def _unavailable_from_probe(self) -> dict[str, str]:
        if not self._probes.every:
            return dict.fromkeys((*OVER_EXAMPLES, OVER_ESTIMATES), PROBES_OFF)
        return unavailable_over_examples(self._paradigm.batch_coupled, self._trainer.batch_size)

    def measure_peak(self) -> Measured:
        """Read the peak memory so far of this process's first device, where it keeps count."""
        peak = peak_bytes(self.mesh.local_devices[0])
        if isinstance(peak, str):
            return Measured({}, {"memory/device_peak_bytes": peak})
        return Measured({"memory/device_peak_bytes": peak}, {})
