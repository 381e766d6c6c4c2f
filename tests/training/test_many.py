"""Many runs in one program, each against the Trainer's own run of the same settings."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from toys import Perceptron, blobs

from paradigms import snn, transformer, vqc
from training.config import MeshConfig, OptimizerConfig, ProbesConfig, Settings, TrainerConfig
from training.errors import BadInput, NonFiniteUpdate
from training.gradients import reverse
from training.many import Many
from training.run.checkpoint import Checkpoints
from training.tasks import TaskConfig, load_task
from training.trainer import Trainer

STEPS = 6
SMALL = {
    "snn": lambda spec: snn.build(snn.Config(hidden=(4,), time_steps=3, encoding="rate"), spec),
    "transformer": lambda spec: transformer.build(transformer.Config(width=8, heads=2, layers=1), spec),
    "vqc": lambda spec: vqc.build(vqc.Config(qubits=4, layers=2), spec),
}


def short(seed=0, rate=0.05, optimizer="adamw", **changes) -> Settings:
    return Settings(
        trainer=TrainerConfig(**{"steps": STEPS, "batch_size": 16} | changes.pop("trainer", {})),
        optimizer=OptimizerConfig(optimizer, rate, warmup_steps=2),
        probes=ProbesConfig(every=0, timing_repeats=0),
        mesh=MeshConfig(data=1),
        seed=seed,
        tracking=(),
        **changes,
    )


def trained(directory: Path, model, task, own: Settings):
    """What the Trainer's own run ends with."""
    trainer = Trainer(model, task, own)
    trainer.run(directory)
    found, _ = Checkpoints(directory / "checkpoints", 3).restore_latest(
        trainer.programs.state, trainer.programs.state_shardings
    )
    assert found is not None
    return found[0]


def assert_member(state, member: int, expected) -> None:
    """To rounding: XLA adds up a vectorised sum in another order."""
    for name in ("step", "params", "model_state", "optimizer_state"):
        ours, theirs = getattr(state, name), getattr(expected, name)
        jax.tree.map(lambda one, two: np.testing.assert_allclose(one[member], two, rtol=2e-4, atol=2e-5), ours, theirs)
    np.testing.assert_array_equal(jax.random.key_data(state.key[member]), jax.random.key_data(expected.key))


@pytest.mark.parametrize("paradigm", sorted(SMALL))
def test_a_member_is_the_trainers_own_run(tmp_path, paradigm):
    task = load_task(TaskConfig("digits"))
    model = SMALL[paradigm](task.spec)
    # Adam would make steps of the rounding of gradients that are zero (of the bias of the attention's keys).
    own = short(optimizer="sgd")
    curves = Many(model, task, own, record=lambda state: state.step, every=3).run([3, 4])
    assert curves.looks == (0, 3, 6)
    np.testing.assert_array_equal(curves.records, [[0, 3, 6]] * 2)
    np.testing.assert_array_equal(curves.updates, curves.records)
    for member, seed in enumerate([3, 4]):
        assert_member(curves.state, member, trained(tmp_path / str(seed), model, task, replace(own, seed=seed)))


@pytest.mark.parametrize("changes", [{"gradient": "spsa"}, {"trainer": {"batch_size": 90, "microbatches": 2}}])
def test_settings_are_the_trainers(tmp_path, changes):
    model, task, top = Perceptron(noise=0.3, penalty=0.1), blobs(), 2**32 - 1
    own = short(**changes)
    curves = Many(model, task, own, every=STEPS).run([top, 5, 5], learning_rates=[0.05, 0.02, 0.1])
    for member, (seed, rate) in enumerate([(top, 0.05), (5, 0.02), (5, 0.1)]):
        expected = trained(tmp_path / str(member), model, task, short(seed, rate, **changes))
        assert_member(curves.state, member, expected)


def test_the_order_of_the_data_may_have_a_seed_of_its_own():
    many = Many(Perceptron(noise=0.3), blobs(), short(), record=lambda state: state.params, every=STEPS)
    own, other = many.run([1, 1, 2]), many.run([1, 1, 2], data_seeds=[1, 7, 1])
    same = [
        all(np.allclose(a[m], b[m]) for a, b in zip(*map(jax.tree.leaves, (own.records, other.records)), strict=True))
        for m in range(3)
    ]
    assert same == [True, False, False]
    jax.tree.map(lambda a, b: np.testing.assert_array_equal(a[:, 0], b[:, 0]), own.records, other.records)


def test_members_may_have_tasks_of_their_own(tmp_path):
    tasks = [blobs(seed) for seed in (0, 1)]
    order = [tasks[1], tasks[0], tasks[1]]
    many = Many(Perceptron(), tasks[0], short(), every=STEPS)
    for at_once in (None, 2):
        curves = many.run([3, 4, 5], tasks=order, at_once=at_once)
        for member, (seed, task) in enumerate(zip([3, 4, 5], order, strict=True)):
            directory = tmp_path / f"{at_once}-{member}"
            assert_member(curves.state, member, trained(directory, Perceptron(), task, short(seed)))
    # Without tasks it is the one that it was made with again.
    alone = trained(tmp_path / "alone", Perceptron(), tasks[0], short(3))
    assert_member(many.run([3, 4, 5]).state, 0, alone)


def test_members_may_have_numbers_of_their_own(tmp_path):
    def family(variant):
        return Perceptron(noise=variant["noise"], penalty=variant["penalty"])

    variants = [{"noise": 0.0, "penalty": 0.5}, {"noise": 0.3, "penalty": 0.0}]
    curves = Many(Perceptron(), blobs(), short(), every=STEPS, family=family).run([3, 3], variants=variants)
    for member, variant in enumerate(variants):
        assert_member(curves.state, member, trained(tmp_path / str(member), family(variant), blobs(), short(3)))


def test_a_gradient_rule_of_one_s_own_is_the_step_s():
    def halved(loss, params, key):
        found, gradient = reverse(loss, params, key)
        return found, jax.tree.map(lambda leaf: leaf / 2, gradient)

    own = replace(short(), optimizer=OptimizerConfig("sgd", 0.1, warmup_steps=0, clip_norm=None, weight_decay=0.0))
    ours = Many(Perceptron(), blobs(), own, every=STEPS, estimator=halved).run([1]).state
    # Plain steps by half of a gradient are steps of half the rate.
    theirs = Many(Perceptron(), blobs(), own, every=STEPS).run([1], learning_rates=[0.05]).state
    for one, two in zip(jax.tree.leaves(ours.params), jax.tree.leaves(theirs.params), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-6)


def wider(variant):
    return Perceptron(hidden=9, noise=variant)


@pytest.mark.parametrize(
    ("family", "run", "sentence"),
    [
        (None, {"variants": [1.0]}, "variants were given, and there is no family"),
        (lambda one: Perceptron(noise=one), {}, "no variants were given: a family needs one for each member"),
        (lambda one: Perceptron(noise=one), {"variants": [0.1, 0.2]}, "2 variants were given for 1 seeds"),
        (wider, {"variants": [0.1]}, r"the family makes a paradigm with variables .*9.* where those of the first .*8"),
        (None, {"tasks": [blobs(), blobs()]}, "2 tasks were given for 1 seeds"),
        (None, {"tasks": [blobs(examples=100)]}, "task blobs has 100 training examples, where the others have 200"),
        (None, {"tasks": [blobs(features=5)]}, r"task blobs asks for .*5.*, where the others ask for .*6"),
    ],
)
def test_tasks_and_variants_that_no_program_serves_are_refused(family, run, sentence):
    many = Many(Perceptron(), blobs(), short(), every=STEPS, family=family)
    with pytest.raises(BadInput, match=sentence):
        many.run([0], **run)


def test_variants_of_different_shapes_are_refused():
    many = Many(Perceptron(), blobs(), short(), every=STEPS, family=lambda one: Perceptron(noise=one[0]))
    with pytest.raises(BadInput, match="differ in more than their numbers"):
        many.run([0, 1], variants=[[0.1], [0.1, 0.2]])


def test_every_task_counts_as_memory(monkeypatch):
    many, tasks = Many(Perceptron(), blobs(), short(), every=STEPS), [blobs(seed) for seed in range(9)]
    # 200 examples of 6 features and a class: 5,600 bytes a task, and less than that for a member.
    monkeypatch.setattr("training.many.capacity_bytes", lambda devices: 60_000)
    many.run(range(9), tasks=[tasks[0]] * 9, at_once=1)
    monkeypatch.setattr("training.many.capacity_bytes", lambda devices: 50_000)
    with pytest.raises(BadInput, match="1 runs at once need at least"):
        many.run(range(9), tasks=tasks, at_once=1)


def test_fewer_at_once_give_the_same():
    many = Many(Perceptron(), blobs(), short(), record=lambda state: state.params, every=2)
    seeds = jnp.array([5, 6, 7])
    jax.tree.map(
        lambda one, two: np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-6),
        many.run(seeds).records,
        many.run(seeds, at_once=2).records,
    )


def test_a_run_that_diverges_says_where_and_leaves_the_others_alone():
    sgd = replace(short(), optimizer=OptimizerConfig("sgd", 0.05, warmup_steps=2, clip_norm=None))
    many = Many(Perceptron(), blobs(), sgd, record=lambda state: state.params, every=1)
    both = many.run([0, 0], learning_rates=[0.05, 3e38])
    alone = many.run([0])
    np.testing.assert_array_equal(both.updates[0], range(STEPS + 1))
    assert both.updates[1, -1] < STEPS
    assert alone.require_finite() is alone
    with pytest.raises(NonFiniteUpdate, match=r"seed 0 at learning rate 3e\+38: not every one of the first \d"):
        both.require_finite()
    for leaf in jax.tree.leaves(both.records):
        assert np.isfinite(leaf).all()
    jax.tree.map(
        lambda one, two: np.testing.assert_allclose(one[0], two[0], rtol=1e-5, atol=1e-6),
        both.state.params,
        alone.state.params,
    )


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        ({"seeds": []}, "0 seeds, 0 learning rates and 0 data seeds were given; every member needs one of each"),
        ({"seeds": [1], "learning_rates": [0.1, 0.2]}, "1 seeds, 2 learning rates and 1 data seeds were given"),
        ({"seeds": [-1]}, "seed -1 must be in"),
        ({"seeds": [1], "data_seeds": [2**32]}, "data seed 4294967296 must be in"),
        ({"seeds": [1], "learning_rates": [float("nan")]}, "learning rate nan must be positive and finite"),
        ({"seeds": [1], "at_once": 0}, "at_once=0 must be at least 1"),
        ({"seeds": [0, 0.9], "data_seeds": [0, 0]}, r"seeds \[0, 0.9\] must be a list of whole numbers"),
        ({"seeds": [1], "data_seeds": [1.5]}, r"data seeds \[1.5\] must be a list of whole numbers"),
        ({"seeds": [1], "learning_rates": [1e-60]}, "learning rate 1e-60 must be positive and finite in single"),
        ({"seeds": [1], "learning_rates": [1e60]}, r"learning rate 1e\+60 must be positive and finite in single"),
    ],
)
def test_members_that_cannot_be_are_refused(run, sentence):
    with pytest.raises(BadInput, match=sentence):
        Many(Perceptron(), blobs(), short(), every=STEPS).run(**run)


@pytest.mark.parametrize(
    ("changes", "every", "sentence"),
    [
        ({}, 4, "every=4 must divide trainer.steps=6"),
        ({}, 0, "every=0 must divide"),
        ({"trainer": {"batch_size": 1000}}, 6, "batch size 1000 exceeds the 200 training examples"),
        ({"mesh": MeshConfig(model=2)}, 6, "mesh.model=2 splits one model"),
        ({"trainer": {"profile": (1, 2)}}, 6, "trainer.profile traces the run of one model"),
        ({"mesh": MeshConfig(data=99)}, 6, "mesh.data=99 needs 99 devices"),
    ],
)
def test_settings_that_cannot_be_served_are_refused(changes, every, sentence):
    own = replace(short(trainer=changes.pop("trainer", {})), **changes)
    with pytest.raises(BadInput, match=sentence):
        Many(Perceptron(), blobs(), own, every=every)


def test_more_runs_than_fit_are_refused_before_any_is_compiled(monkeypatch):
    many = Many(Perceptron(), blobs(), short(), every=STEPS)
    # Weights, two moments of each and what a batch of 16 keeps: some kilobytes a run.
    monkeypatch.setattr("training.many.capacity_bytes", lambda devices: 20_000)
    with pytest.raises(BadInput, match=r"99 runs at once need at least .* GiB each\), and there are .*; give at_once="):
        many.run(range(99))
    monkeypatch.setattr("training.many.capacity_bytes", lambda devices: 10)
    with pytest.raises(BadInput, match="use a smaller model, batch or task"):
        many.run([1])


def test_what_the_trainer_refuses_is_refused():
    with pytest.raises(BadInput, match=r"predicts an array of shape \(16, 4\) where this classification task needs"):
        Many(Perceptron(outputs=4), blobs(), short(), every=STEPS)


ON_DEVICES = """
import sys
import jax
jax.config.update("jax_num_cpu_devices", 2)
sys.path.insert(0, sys.argv[1])
import numpy as np
from toy_runs import settings
from toys import Perceptron, blobs
from dataclasses import replace
from training.config import MeshConfig
from training.many import Many
own = replace(settings(steps=4), tracking=())
spread = Many(Perceptron(), blobs(), own, every=2).run([1, 2, 3])
one = Many(Perceptron(), blobs(), replace(own, mesh=MeshConfig(data=1)), every=2).run([1, 2, 3])
jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6), spread.state.params, one.state.params)
compiled = Many(Perceptron(), blobs(), own, every=2)
numbers = (np.asarray(x) for x in ([1, 2], [0.1, 0.1]))
examples = compiled._examples((compiled._task,), 2)
part = compiled._program(*numbers, compiled._batches([1, 2]), np.zeros(2, np.int32), (), examples)
print({len(leaf.sharding.device_set) for leaf in jax.tree.leaves(part[2].params)})
"""


def test_members_are_spread_over_devices():
    support = Path(__file__).parents[1] / "support"
    done = subprocess.run([sys.executable, "-c", ON_DEVICES, str(support)], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "{2}\n"), done.stderr


def test_the_example_of_the_documentation_runs():
    page = (Path(__file__).parents[2] / "docs" / "own_model.md").read_text()
    model, many = (
        next(block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if mark in block)
        for mark in ("class Network(nnx.Module)", "Many(paradigm")
    )
    # The model without its own run, and fewer runs of fewer updates.
    model = model[: model.index("\nTrainer(")]
    many = many.replace("Settings()", "Settings(TrainerConfig(steps=250))").replace("range(10)", "range(2)")
    names: dict = {}
    exec("from training.config import TrainerConfig\n" + model + "\n" + many, names)
    accuracy = names["curves"].records["accuracy"]
    assert accuracy.shape == (2, 2)
    assert (accuracy[:, 1] > accuracy[:, 0] + 0.3).all()
