"""Models of the user's own behind the interface: what is trained, what is carried, what is drawn."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import jaxtyping
import numpy as np
import pytest

from paradigms.adapters import from_equinox, from_flax, from_qnode
from paradigms.interface import Cost, Paradigm, Unsupported, Work
from training.config import OptimizerConfig, ProbesConfig, TrainerConfig
from training.errors import BadInput
from training.tasks import TaskConfig, load_task
from training.tracking.jsonl import read
from training.trainer import Settings, Trainer

_KEY = jax.random.key(0)


def documented(adapter: Callable[..., Paradigm]) -> Paradigm:
    """The paradigm that the example in the adapter's docstring makes; the example is under 15 lines."""
    example = textwrap.dedent((adapter.__doc__ or "").split("Example::")[1])
    assert len([line for line in example.splitlines() if line.strip()]) < 15
    names: dict = {}
    exec(example, names)
    return names["paradigm"]


@pytest.mark.parametrize("adapter", [from_flax, from_equinox, from_qnode])
def test_the_documented_example_trains(adapter: Callable[..., Paradigm], tmp_path: Path) -> None:
    settings = Settings(
        trainer=TrainerConfig(steps=60, batch_size=16, log_every=10, eval_every=0, checkpoint_every=0),
        optimizer=OptimizerConfig(learning_rate=5e-2 if adapter is from_qnode else 5e-3, warmup_steps=5),
        # PennyLane's own device compiles for seconds a program, so the QNode is spared the probe's.
        probes=ProbesConfig(every=0 if adapter is from_qnode else 100, timing_repeats=0),
    )
    summary = Trainer(documented(adapter), load_task(TaskConfig("digits")), settings).run(tmp_path / "run")
    first = read(tmp_path / "run" / "metrics.jsonl")[0]
    assert summary["metrics"]["eval/loss"] < 0.8 * first["eval/loss"]
    assert ("gradient/variance_over_examples" in summary["metrics"]) == (adapter is not from_qnode)
    assert summary["metrics"]["memory/residual_bytes"] > 0


@pytest.mark.parametrize(("adapter", "decays"), [(from_flax, True), (from_equinox, True), (from_qnode, False)])
def test_weight_decay_by_default(adapter: Callable[..., Paradigm], decays: bool) -> None:
    paradigm = documented(adapter)
    mask = paradigm.weight_decay_mask(jax.eval_shape(paradigm.init, _KEY).params)
    assert any(jax.tree.leaves(mask)) == decays


def test_importing_the_adapters_imports_no_library() -> None:
    code = "import sys, paradigms.adapters; print(sorted({'flax', 'equinox', 'pennylane'} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_cost_is_unknown_unless_given() -> None:
    from flax import nnx

    def build(rngs):
        return nnx.Linear(2, 3, rngs=rngs)

    assert from_flax(build).cost() == Cost(Work(), Work())
    given = Cost(Work(macs=6), Work(macs=18))
    assert from_flax(build, cost=given).cost() == given


class TestLinen:
    @staticmethod
    def _network(**options) -> Any:
        from flax import linen

        class Network(linen.Module):
            norm: bool = False

            @linen.compact
            def __call__(self, images, train: bool):
                hidden = linen.Dense(16)(images.reshape(len(images), -1))
                if self.norm:
                    hidden = linen.BatchNorm(use_running_average=not train, momentum=0.9)(hidden)
                return linen.Dense(10)(linen.Dropout(0.5, deterministic=not train)(linen.relu(hidden)))

        return Network(**options)

    def test_it_computes_what_the_module_computes(self) -> None:
        network, images = self._network(), jax.random.normal(_KEY, (4, 8, 8, 1))
        paradigm = from_flax(network, example=images[:1])
        params, state = paradigm.init(_KEY)
        assert state == {}
        assert not paradigm.batch_coupled
        evaluated = paradigm.apply(params, state, images, key=_KEY, train=False).prediction
        np.testing.assert_array_equal(evaluated, network.apply({"params": params}, images, train=False))
        drawn = [paradigm.apply(params, state, images, key=jax.random.key(seed), train=True) for seed in (0, 0, 1)]
        np.testing.assert_array_equal(drawn[0].prediction, drawn[1].prediction)
        assert not np.allclose(drawn[0].prediction, drawn[2].prediction)

    def test_statistics_follow_training_only(self) -> None:
        images = 5 + jax.random.normal(_KEY, (32, 8, 8, 1))
        paradigm = from_flax(self._network(norm=True), example=images[:1])
        assert paradigm.batch_coupled
        params, state = paradigm.init(_KEY)
        trained = paradigm.apply(params, state, images, key=_KEY, train=True).state
        hidden = images.reshape(32, -1) @ params["Dense_0"]["kernel"] + params["Dense_0"]["bias"]
        mean = trained["batch_stats"]["BatchNorm_0"]["mean"]
        np.testing.assert_allclose(mean, 0.1 * hidden.mean(0), rtol=1e-4, atol=1e-5)
        evaluated = paradigm.apply(params, trained, images, key=_KEY, train=False).state
        np.testing.assert_array_equal(evaluated["batch_stats"]["BatchNorm_0"]["mean"], mean)

    def test_it_trains(self, tmp_path: Path) -> None:
        paradigm = from_flax(self._network(norm=True), example=jnp.ones((1, 8, 8, 1)))
        settings = Settings(
            trainer=TrainerConfig(steps=80, batch_size=32, log_every=10, eval_every=0, checkpoint_every=0),
            optimizer=OptimizerConfig(learning_rate=1e-2, warmup_steps=5),
            probes=ProbesConfig(every=0, timing_repeats=0),
        )
        summary = Trainer(paradigm, load_task(TaskConfig("digits")), settings).run(tmp_path / "run")
        assert summary["metrics"]["eval/accuracy"] > 0.5


def _nnx(flat: bool = True, axis: str | None = None) -> Any:
    from flax import nnx

    class Network(nnx.Module):
        def __init__(self, *, rngs) -> None:
            self.norm = nnx.BatchNorm(64, axis_name=axis, rngs=rngs)
            self.read = nnx.Linear(64 if flat else 1, 10, rngs=rngs)

        def __call__(self, images):
            return self.read(self.norm(images.reshape(len(images), -1)) if flat else images)

    return Network


def _equinox(**options: Any) -> Callable:
    import equinox as eqx

    def network(key):
        return eqx.nn.Sequential(
            [eqx.nn.Lambda(jnp.ravel), eqx.nn.BatchNorm(64, **options, mode="batch"), eqx.nn.Linear(64, 10, key=key)]
        )

    return network


def _linen() -> Any:
    from flax import linen

    return linen.Dense(10)


def _mlp(**options: Any) -> Any:
    import equinox as eqx

    return eqx.nn.MLP(64, 10, 8, 1, key=_KEY, **options)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: from_flax(_linen()), r"Dense is a flax.linen module, .*from_flax\(Dense\(...\), example="),
        (lambda: from_flax(type(_linen())), r"from_flax was given Dense, which builds no NNX module"),
        (lambda: from_flax(_linen(), example=jnp.ones((1, 4)), trainable=True), "trainable is a filter of NNX"),
        (lambda: from_flax(_nnx()(rngs=_rngs())), "was given a Network that is built already, .*lambda rngs: Network"),
        (
            lambda: from_flax(lambda width, rngs: None),
            r"takes width, rngs, and from_flax gives rngs alone: .*width=...",
        ),
        (lambda: from_flax(3), "from_flax was given int, which builds no NNX module"),
        (lambda: from_flax(_nnx(axis="batch")), "norm has an axis_name, .*: leave axis_name out"),
        (lambda: from_equinox(_mlp()), r"was given a MLP that is built already, .*lambda key: MLP\(..., key=key\)"),
        (lambda: from_equinox(type(_mlp())), "takes in_size, out_size, width_size, depth, key, and from_equinox gives"),
        (
            lambda: from_equinox(_equinox(axis_name="devices")),
            "has axis_name='devices', and the batch's axis is called",
        ),
        (lambda: from_flax(lambda rngs: None), "<lambda> returns a NoneType, which is no NNX module"),
        (lambda: from_flax(lambda rngs: _linen()), "<lambda> returns a Dense, which is no NNX module"),
        (
            lambda: from_flax(_failing),
            r"_failing cannot be built from rngs \(ValueError: a bug of one's own\); give what",
        ),
        (lambda: from_flax(_nnx_param(jnp.complex64)), "weight is complex64: only real arrays are trained"),
        (
            lambda: from_flax(_linen(), example=(1, 64)),
            "example holds a int, and is a batch of inputs, example=jnp.ones",
        ),
        (lambda: from_flax(_masking(), example=jnp.ones((1, 64))), "Masking cannot be initialised .* 'mask'"),
        (lambda: from_equinox(lambda key: None), "<lambda> returns a NoneType, which is no Equinox module"),
        (lambda: from_equinox(lambda key: lambda one: one), "<lambda> returns a function, which is no Equinox module"),
        (lambda: from_equinox(lambda: _mlp()), "<lambda> takes nothing, and from_equinox gives one key"),
        (lambda: from_equinox(_failing), r"_failing cannot be built from a key \(ValueError: a bug of one's own\)"),
        (lambda: from_qnode(_qnode(), parameters=_ANGLES), "from_qnode was given a QNode, and makes it anew"),
        (lambda: from_qnode(_failing, parameters=_ANGLES), "qnode cannot be built from a key"),
        (
            lambda: from_qnode(lambda key: _qnode(), parameters=jnp.ones(3)),
            "parameters holds a ArrayImpl, and are shapes",
        ),
        (lambda: from_qnode(lambda key: _qnode(), parameters=(3, 6)), "parameters holds a int, and are shapes"),
        (lambda: from_qnode(lambda key: _qnode(), parameters={}), "parameters holds nothing, and are shapes"),
    ],
)
def test_what_is_no_builder_is_refused_in_a_sentence(
    make: Callable[[], Paradigm], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Users have no checks of types.
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    with pytest.raises(Unsupported, match=sentence) as refusal:
        make()
    assert "\n" not in str(refusal.value)


_ANGLES = jax.ShapeDtypeStruct((3,), "float32")


def _failing(given: Any) -> Any:
    raise ValueError("a bug of one's own\nand more of it")


def _qnode() -> Any:
    import pennylane as qml

    return qml.QNode(lambda angles, example: qml.expval(qml.Z(0)), qml.device("default.qubit", wires=1))


def _masking() -> Any:
    from flax import linen

    class Masking(linen.Module):
        def __call__(self, inputs, mask):
            return inputs * mask

    return Masking()


def _nnx_param(dtype: Any) -> Callable:
    from flax import nnx

    class Network(nnx.Module):
        def __init__(self, rngs) -> None:
            self.weight = nnx.Param(jnp.ones((64, 10), dtype))

        def __call__(self, images):
            return (images.reshape(len(images), -1) @ self.weight[...]).real

    return Network


def _returning(what: Callable[[Any], Any]) -> Callable:
    from flax import nnx

    class Network(nnx.Module):
        def __init__(self, rngs) -> None:
            self.read = nnx.Linear(64, 10, rngs=rngs)

        def __call__(self, images):
            return what(self.read(images.reshape(len(images), -1)))

    return Network


def _normed_by_axis() -> Any:
    from flax import linen

    class Normed(linen.Module):
        @linen.compact
        def __call__(self, images, train):
            hidden = images.reshape(len(images), -1)
            return linen.Dense(10)(linen.BatchNorm(use_running_average=not train, axis_name="batch")(hidden))

    return Normed()


def _rngs() -> Any:
    from flax import nnx

    return nnx.Rngs(0)


def test_rngs_may_be_asked_for_by_name_or_by_place() -> None:
    from flax import nnx

    for build in (_nnx(), lambda rngs: _nnx()(rngs=rngs), lambda r: nnx.Linear(64, 10, rngs=r)):
        assert jax.tree.leaves(jax.eval_shape(from_flax(build).init, _KEY).params)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: from_flax(_nnx(flat=False)), r"shape \(16, 8, 8, 10\) .* needs \(16, 10\); flatten each example"),
        (
            lambda: from_equinox(lambda key: _mlp()),
            r"cannot be applied to a batch of float32\[16, 8, 8, 1\] \(TypeError",
        ),
        (lambda: from_flax(lambda rngs: _nnx_linear(rngs, 9)), r"shape \(16, 9\) .* give the model 10 outputs"),
        (lambda: from_flax(_returning(lambda x: (x, 0))), "flax returns a tuple, where a prediction is one array"),
        (
            lambda: from_flax(_returning(lambda x: {"logits": x})),
            "flax returns a dict, where a prediction is one array",
        ),
        (lambda: from_flax(_nnx_param(jnp.int32)), "flax has no parameters, so that there is nothing to train"),
        (
            lambda: from_flax(_normed_by_axis(), example=jnp.ones((1, 8, 8, 1))),
            r"unbound axis name: batch.*; the model is called on the whole batch, .*: leave axis_name out$",
        ),
    ],
)
def test_a_model_that_does_not_fit_its_task_is_refused_in_a_sentence(
    make: Callable[[], Paradigm], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    settings = Settings(trainer=TrainerConfig(batch_size=16))
    with pytest.raises((BadInput, Unsupported), match=sentence) as refusal:
        Trainer(make(), load_task(TaskConfig("digits")), settings)
    assert "\n" not in str(refusal.value)


def _nnx_linear(rngs: Any, outputs: int) -> Any:
    from flax import nnx

    return nnx.Sequential(lambda images: images.reshape(len(images), -1), nnx.Linear(64, outputs, rngs=rngs))


class TestFlax:
    @staticmethod
    def _network(rate: float = 0.0, norm: bool = False) -> Callable:
        from flax import nnx

        class Network(nnx.Module):
            def __init__(self, rngs: nnx.Rngs) -> None:
                self.layers = nnx.List([nnx.Linear(3, 4, rngs=rngs), nnx.Linear(4, 2, rngs=rngs)])
                self.norm = nnx.BatchNorm(4, rngs=rngs) if norm else None
                self.dropout = nnx.Dropout(rate, rngs=rngs)
                self.calls = nnx.Variable(jnp.array([7, 8]))

            def __call__(self, inputs):
                hidden = self.layers[0](inputs)
                hidden = self.norm(hidden) if self.norm is not None else hidden
                self.latest = nnx.Intermediate(hidden)
                self.calls[...] = self.calls[...] + 1
                return self.layers[1](self.dropout(hidden))

        return Network

    def test_statistics_follow_training_only(self) -> None:
        paradigm = from_flax(self._network(norm=True))
        assert paradigm.batch_coupled
        params, state = paradigm.init(_KEY)
        assert set(state["norm"]) == {"mean", "var"}
        inputs = jax.random.normal(_KEY, (8, 3)) + 5
        apply = jax.jit(paradigm.apply, static_argnames="train")
        trained = apply(params, state, inputs, key=_KEY, train=True).state
        hidden = inputs @ params["layers"][0]["kernel"] + params["layers"][0]["bias"]
        np.testing.assert_allclose(trained["norm"]["mean"], 0.01 * hidden.mean(0), rtol=1e-4, atol=1e-6)
        evaluated = apply(params, trained, inputs, key=_KEY, train=False).state
        np.testing.assert_array_equal(evaluated["norm"]["mean"], trained["norm"]["mean"])

    def test_other_variables_are_state_and_generators_are_not(self) -> None:
        paradigm = from_flax(self._network(rate=0.5))
        assert not paradigm.batch_coupled
        params, state = jax.jit(paradigm.init)(_KEY)
        assert list(state) == ["calls"]
        assert {jax.tree_util.keystr(path) for path, _ in jax.tree_util.tree_leaves_with_path(params)} == {
            f"['layers'][{number}]['{name}']" for number in (0, 1) for name in ("kernel", "bias")
        }
        output = paradigm.apply(params, state, jnp.ones((2, 3)), key=_KEY, train=True)
        np.testing.assert_array_equal(output.state["calls"], [8, 9])
        assert output.state["calls"].dtype == jnp.int32

    def test_dropout_follows_the_key(self) -> None:
        paradigm = from_flax(self._network(rate=0.5))
        params, state = paradigm.init(_KEY)

        @jax.jit
        def predict(key):
            return [
                paradigm.apply(params, state, jnp.ones((4, 3)), key=key, train=train).prediction
                for train in (True, False)
            ]

        (one, still), (again, _), (other, still_too) = predict(_KEY), predict(_KEY), predict(jax.random.key(1))
        np.testing.assert_array_equal(one, again)
        assert not np.allclose(one, other)
        np.testing.assert_array_equal(still, still_too)

    def test_a_filter_chooses_what_is_trained(self) -> None:
        paradigm = from_flax(self._network(), trainable=lambda path, _: path[0] == "layers" and path[1] == 1)
        params, state = jax.eval_shape(paradigm.init, _KEY)
        assert list(params["layers"]) == [1]
        assert list(state["layers"]) == [0]
        everything = from_flax(self._network(), trainable=...)
        assert "calls" in jax.eval_shape(everything.init, _KEY).state  # integers are never trained

    def test_weight_decay_by_rank_or_by_choice(self) -> None:
        params = jax.eval_shape(from_flax(self._network()).init, _KEY).params
        assert from_flax(self._network()).weight_decay_mask(params)["layers"][0] == {"kernel": True, "bias": False}
        chosen = from_flax(self._network(), weight_decay=lambda params: jax.tree.map(lambda _: True, params))
        assert all(jax.tree.leaves(chosen.weight_decay_mask(params)))


class TestEquinox:
    @staticmethod
    def _spiking() -> type:
        import equinox as eqx

        class Spiking(eqx.Module):
            linear: eqx.nn.Linear
            threshold: jax.Array
            order: jax.Array
            dropout: eqx.nn.Dropout

            def __init__(self, key: jax.Array) -> None:
                self.linear = eqx.nn.Linear(3, 4, key=key)
                self.threshold = jnp.full(4, 0.25)
                self.order = jnp.array([3, 2, 1, 0])
                self.dropout = eqx.nn.Dropout(0.5)

            def __call__(self, example, *, key):
                return self.dropout(jnp.tanh(self.linear(example) - self.threshold)[self.order], key=key)

        return Spiking

    def test_frozen_thresholds_and_integers_survive_training(self) -> None:
        paradigm = from_equinox(self._spiking(), trainable=lambda path: "threshold" not in path)
        params, state = paradigm.init(_KEY)
        assert set(params) == {"linear.weight", "linear.bias"}
        assert set(state["fixed"]) == {"threshold", "order"}
        output = jax.jit(paradigm.apply, static_argnames="train")(params, state, jnp.ones((2, 3)), key=_KEY, train=True)
        np.testing.assert_array_equal(output.state["fixed"]["order"], [3, 2, 1, 0])
        assert output.state["fixed"]["order"].dtype == jnp.int32
        np.testing.assert_array_equal(output.state["fixed"]["threshold"], 0.25)

    def test_trainable_takes_a_filter_specification(self) -> None:
        import equinox as eqx

        build = self._spiking()
        everything = jax.tree.map(lambda _: True, build(_KEY))
        specification = eqx.tree_at(lambda tree: tree.threshold, everything, False)
        params, _ = jax.eval_shape(from_equinox(build, trainable=specification).init, _KEY)
        assert set(params) == {"linear.weight", "linear.bias"}
        params, _ = jax.eval_shape(from_equinox(build).init, _KEY)
        assert set(params) == {"linear.weight", "linear.bias", "threshold"}

    def test_prediction_is_the_modules_own(self) -> None:
        import equinox as eqx

        paradigm = from_equinox(self._spiking())
        params, state = paradigm.init(_KEY)
        inputs = jax.random.normal(_KEY, (5, 3))
        module = eqx.nn.inference_mode(self._spiking()(_KEY))
        expected = jax.vmap(lambda example: module(example, key=None))(inputs)
        output = paradigm.apply(params, state, inputs, key=_KEY, train=False)
        np.testing.assert_allclose(output.prediction, expected, rtol=1e-6)

    def test_each_example_has_dropout_of_its_own_by_key(self) -> None:
        paradigm = from_equinox(self._spiking())
        params, state = paradigm.init(_KEY)
        inputs = jnp.broadcast_to(jax.random.normal(_KEY, (3,)) * 5, (16, 3))

        def predict(seed):
            return paradigm.apply(params, state, inputs, key=jax.random.key(seed), train=True).prediction

        np.testing.assert_array_equal(predict(0), predict(0))
        assert not np.allclose(predict(0), predict(1))
        assert len(np.unique(predict(0), axis=0)) > 1

    def test_batch_normalisation_is_detected_and_follows_training_only(self) -> None:
        import equinox as eqx

        class Normalised(eqx.Module):
            norm: eqx.nn.BatchNorm
            linear: eqx.nn.Linear

            def __init__(self, key: jax.Array) -> None:
                self.norm = eqx.nn.BatchNorm(3, axis_name="batch", mode="batch")
                self.linear = eqx.nn.Linear(3, 2, key=key)

            def __call__(self, example, state):
                example, state = self.norm(example, state)
                return self.linear(example), state

        paradigm = from_equinox(Normalised)
        assert paradigm.batch_coupled
        assert not from_equinox(self._spiking()).batch_coupled
        params, state = paradigm.init(_KEY)
        apply = jax.jit(paradigm.apply, static_argnames="train")
        inputs = jax.random.normal(_KEY, (64, 3)) * 2 + 5
        trained = apply(params, state, inputs, key=_KEY, train=True)
        normalised = (inputs - inputs.mean(0)) / jnp.sqrt(inputs.var(0) + 1e-5)
        expected = normalised @ params["linear.weight"].T + params["linear.bias"]
        np.testing.assert_allclose(trained.prediction, expected, rtol=1e-3, atol=1e-4)
        moved = [not np.allclose(*pair) for pair in zip(trained.state["running"], state["running"], strict=True)]
        assert any(moved)
        evaluated = apply(params, trained.state, inputs, key=_KEY, train=False)
        for before, after in zip(trained.state["running"], evaluated.state["running"], strict=True):
            np.testing.assert_array_equal(before, after)

    def test_a_module_of_the_whole_batch(self) -> None:
        import equinox as eqx

        class Centred(eqx.Module):
            weight: jax.Array

            def __init__(self, key: jax.Array) -> None:
                self.weight = jax.random.normal(key, (3, 2))

            def __call__(self, batch):
                return (batch - batch.mean(0)) @ self.weight

        paradigm = from_equinox(Centred, per_example=False, batch_coupled=True)
        assert paradigm.batch_coupled
        params, state = paradigm.init(_KEY)
        inputs = jax.random.normal(_KEY, (5, 3))
        output = paradigm.apply(params, state, inputs, key=_KEY, train=True)
        np.testing.assert_allclose(
            output.prediction, (inputs - inputs.mean(0)) @ params["weight"], rtol=1e-5, atol=1e-6
        )

    def test_complex_arrays_are_refused_unless_left_out(self) -> None:
        import equinox as eqx

        class Phased(eqx.Module):
            phase: jax.Array

            def __init__(self, key: jax.Array) -> None:
                self.phase = jnp.ones(2, jnp.complex64)

        with pytest.raises(Unsupported, match="phase is complex64: only real arrays are trained"):
            from_equinox(Phased)
        kept = from_equinox(Phased, trainable=lambda path: path != "phase")
        assert set(jax.eval_shape(kept.init, _KEY).state["fixed"]) == {"phase"}


class TestQNode:
    @staticmethod
    def _build(shots: int | None) -> Callable:
        import pennylane as qml

        def build(key):
            @qml.set_shots(shots)
            @qml.qnode(
                qml.device("default.qubit", wires=1, seed=key),
                interface="jax",
                diff_method="parameter-shift" if shots else "backprop",
            )
            def circuit(angle, example):
                qml.RX(example[0], wires=0)
                qml.RY(angle, wires=0)
                return qml.expval(qml.Z(0))

            return circuit

        return build

    def test_expectations_and_gradients_are_exact_without_shots(self) -> None:
        paradigm = from_qnode(self._build(None), parameters=jax.ShapeDtypeStruct((), jnp.float32), scale=2.0)
        params, state = paradigm.init(_KEY)
        inputs = jnp.linspace(0, 1, 5)[:, None]

        def total(params):
            return jnp.sum(paradigm.apply(params, state, inputs, key=_KEY, train=True).prediction)

        prediction = paradigm.apply(params, state, inputs, key=_KEY, train=True).prediction
        angle = params["circuit"]
        np.testing.assert_allclose(prediction, 2 * jnp.cos(inputs) * jnp.cos(angle), atol=1e-5)
        gradient = jax.grad(total)(params)
        np.testing.assert_allclose(gradient["circuit"], -2 * jnp.cos(inputs).sum() * jnp.sin(angle), atol=1e-5)
        np.testing.assert_allclose(gradient["scale"], (jnp.cos(inputs) * jnp.cos(angle)).sum(), atol=1e-5)
        assert paradigm.weight_decay_mask(params) == {"circuit": False, "scale": False}

    def test_shots_follow_the_key_and_differ_between_examples(self) -> None:
        paradigm = from_qnode(self._build(100), parameters=lambda key: jnp.float32(1.0))
        params, state = paradigm.init(_KEY)
        inputs = jnp.full((16, 1), 0.3)

        @jax.jit
        def value_and_gradient(params, key):
            def total(params):
                prediction = paradigm.apply(params, state, inputs, key=key, train=True).prediction
                return prediction.sum(), prediction

            return jax.value_and_grad(total, has_aux=True)(params)

        ((_, one), gradient), ((_, again), _), ((_, other), other_gradient) = (
            value_and_gradient(params, jax.random.key(seed)) for seed in (0, 0, 1)
        )
        np.testing.assert_array_equal(one, again)
        assert not np.allclose(one, other)
        assert len(np.unique(one)) > 1
        assert gradient["circuit"] != other_gradient["circuit"]
        # 16 examples of 100 shots, two circuits a gradient: five standard deviations of the sums.
        expected = -16 * np.cos(0.3) * np.sin(1.0)
        assert abs(gradient["circuit"] - expected) < 5 * np.sqrt(16 / 200)
        assert abs(one.sum() - 16 * np.cos(0.3) * np.cos(1.0)) < 5 * np.sqrt(16 / 100)

    def test_shapes_become_angles(self) -> None:
        shapes = {"a": jax.ShapeDtypeStruct((500,), jnp.float32), "b": jax.ShapeDtypeStruct((2, 2), jnp.float32)}
        circuit = from_qnode(self._build(None), parameters=shapes).init(_KEY).params["circuit"]
        assert circuit["b"].shape == (2, 2)
        assert circuit["a"].min() >= 0
        assert 6 < circuit["a"].max() < 2 * np.pi

    @staticmethod
    def _applied(returned: Callable, shots: int | None = None) -> jax.Array:
        """The prediction for a batch of 3, whose gradient is taken too."""
        import pennylane as qml

        def build(key):
            @qml.set_shots(shots)
            @qml.qnode(
                qml.device("default.qubit", wires=2, seed=key),
                interface="jax",
                diff_method="parameter-shift" if shots else "backprop",
            )
            def circuit(angle, example):
                qml.RX(example[0], wires=0)
                qml.RY(angle, wires=0)
                return returned(qml)

            return circuit

        paradigm = from_qnode(build, parameters=lambda key: jnp.float32(1.0), name="mine")
        params, state = paradigm.init(_KEY)
        inputs = jnp.full((3, 1), 0.3)

        @jax.jit
        def total(params):
            prediction = paradigm.apply(params, state, inputs, key=_KEY, train=True).prediction
            return prediction.sum(), prediction

        (_, prediction), gradient = jax.value_and_grad(total, has_aux=True)(params)
        assert gradient["circuit"].dtype == jnp.float32
        return prediction

    @pytest.mark.parametrize(
        ("returned", "order"),
        [
            (lambda qml: [qml.probs(wires=0), qml.expval(qml.Z(0))], "pz"),
            (lambda qml: {"z": qml.expval(qml.Z(0)), "a": qml.probs(wires=0)}, "zp"),
            (lambda qml: (qml.expval(qml.Z(0)), [qml.probs(wires=0), {"k": qml.expval(qml.Z(0))}]), "zpz"),
            (lambda qml: qml.expval(qml.Z(0)), "z"),
        ],
    )
    def test_whatever_the_return_is_made_of(self, returned: Callable, order: str) -> None:
        z = np.cos(0.3) * np.cos(1.0)
        parts = {"z": [z], "p": [(1 + z) / 2, (1 - z) / 2]}
        expected = np.concatenate([parts[letter] for letter in order])
        np.testing.assert_allclose(self._applied(returned), np.tile(expected, (3, 1)), atol=1e-5)

    def test_double_precision_with_shots(self) -> None:
        """The gradient with respect to parameters in single precision crashed."""
        with jax.enable_x64(True):
            found = self._applied(lambda qml: [qml.expval(qml.Z(0)), qml.probs(wires=0)], shots=100)
        np.testing.assert_allclose(found[:, 0], np.cos(0.3) * np.cos(1.0), atol=0.5)

    @pytest.mark.parametrize("returned", [lambda qml: qml.state(), lambda qml: qml.density_matrix(0)])
    def test_complex_results_are_refused(self, returned: Callable) -> None:
        with pytest.raises(Unsupported, match=r"mine returns complex64 numbers .*return expectation values"):
            self._applied(returned)
