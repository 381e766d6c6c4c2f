"""The diagnosis of a paradigm."""

from __future__ import annotations

from typing import Any

import jax
from jaxtyping import PyTree

from eval.diagnose.advice import advise
from eval.diagnose.finding import Diagnosis
from eval.diagnose.sampling import sampled_gradients, variance_of
from paradigms.interface import Paradigm


def diagnose_paradigm(paradigm: Paradigm, inputs: PyTree, samples: int, seed: int, name: str) -> Diagnosis:
    """Diagnose the first output of a paradigm, averaged over the batch ``inputs``."""

    def prediction(params: PyTree, state: PyTree, key: Any) -> Any:
        output = paradigm.apply(params, state, inputs, key=key, train=False).prediction
        return output.reshape(-1, output.shape[-1]).mean(axis=0)[:1]

    def values(variables: PyTree) -> Any:
        return prediction(variables.params, variables.state, jax.random.key(seed))

    shapes = jax.eval_shape(paradigm.init, jax.random.key(seed))
    drawn, temp_bytes = sampled_gradients(values, paradigm.init, samples, seed, of=lambda gradient: gradient.params)
    variance, low, high = variance_of(drawn)
    executions = paradigm.cost().gradient.circuit_executions
    return Diagnosis(
        name=name,
        parameters=sum(leaf.size for leaf in jax.tree.leaves(shapes.params)),
        qubits=None,
        depth=None,
        samples=samples,
        variance=variance,
        variance_low=low,
        variance_high=high,
        plateau=None,
        shots=None,
        executions=executions,
        temp_bytes=temp_bytes,
        advice=advise(variance, None, None, executions),
    )
