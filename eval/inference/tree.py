"""Tree search over steps of an answer: Gumbel MuZero (Danihelka et al. 2022), by the package mctx.

An action is one of several steps that the model writes by chance at a node, its prior their likelihood; a node is worth
what a learned verifier says of it. Tokens are no actions: single ones are not worth a judgement.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int32, PRNGKeyArray

from eval.inference.sampling import writer
from paradigms.interface import Decodes, Variables
from training.data.puzzles.problems import Problems
from training.errors import BadInput

ACTIONS = 8
"""Steps that are written at a node."""
MISSING = "mctx is not installed: pip install -e '.[search]'"


class _Node(NamedTuple):
    """What has been written, and the steps that may follow."""

    rows: Int32[Array, "problems width"]
    lengths: Int32[Array, " problems"]
    ended: Bool[Array, " problems"]
    steps: Int32[Array, "problems actions step"]
    counts: Int32[Array, "problems actions"]
    ends: Bool[Array, "problems actions"]


@dataclass(frozen=True)
class Searched:
    """What a search came to.

    Attributes:
        tokens: The answer to each problem, 0 behind its end.
        counts: Its tokens.
        behind: Tokens in front of every node that was looked at, at every step of the answer; 0 for none.
        written: Tokens of each step that was written there.
    """

    tokens: Int32[np.ndarray, "problems most"]
    counts: Int32[np.ndarray, " problems"]
    behind: Int32[np.ndarray, "problems steps nodes"]
    written: Int32[np.ndarray, "problems steps nodes actions"]


def installed() -> bool:
    """Return whether mctx is there."""
    return importlib.util.find_spec("mctx") is not None


def tree_search(
    decoder: Decodes,
    variables: Variables,
    value: Callable[[Array, Array], Float[Array, " rows"]],
    problems: Problems,
    key: PRNGKeyArray,
    *,
    simulations: int,
    actions: int = ACTIONS,
    step: int,
    most: int,
    end: int,
    temperature: float = 1.0,
    rows: int = 512,
) -> Searched:
    """Search before every step of an answer, and take the step that the search prefers.

    Args:
        decoder: A model that decodes.
        variables: Its variables.
        value: ``(rows, last) -> value`` from 0 to 1 of what each row holds up to and with the place ``last``; traced.
        problems: The problems.
        key: The source of chance.
        simulations: Nodes that a search looks at, beside its root.
        actions: Steps that are written at a node.
        step: Tokens of a step.
        most: The most tokens of an answer.
        end: The token that ends an answer.
        temperature: What logits are divided by when steps are written, above 0.
        rows: Problems that are searched at once.

    Raises:
        BadInput: A number is below 1, or mctx is not installed.
    """
    if min(simulations, actions, step, most) < 1:
        raise BadInput(f"simulations={simulations}, actions={actions}, step={step} and most={most} must be at least 1")
    if not installed():
        raise BadInput(MISSING)
    steps, width = -(-most // step), problems.prompts.shape[1]
    search = _search(decoder, value, simulations, actions, step, end, temperature)
    parts = []
    at_once = min(rows, len(problems))
    for first in range(0, len(problems), at_once):
        # The last part is filled up with the first problems, so that one program serves all.
        places = np.arange(first, first + at_once) % len(problems)
        written = np.zeros((at_once, width + steps * step), np.int32)
        inside = np.arange(width) < problems.lengths[places, None]
        written[:, :width] = np.where(inside, problems.prompts[places], 0)
        current, lengths, ended = written, problems.lengths[places].astype(np.int32), np.zeros(at_once, bool)
        looks = []
        for number in range(steps):
            own = jax.random.fold_in(jax.random.fold_in(key, first), number)
            # Fetched between steps: where the variables lie on a mesh, so would these, and be compiled for once more.
            current, lengths, ended, behind, counts = jax.device_get(search(variables, current, lengths, ended, own))
            looks.append((behind, counts))
            if ended.all():
                break
        empty = [(np.zeros_like(looks[0][0]), np.zeros_like(looks[0][1]))] * (steps - len(looks))
        behind, counts = (np.stack(one, axis=1) for one in zip(*looks, *empty, strict=True))
        parts.append((current, lengths, behind, counts))
    current, lengths, behind, counts = (np.concatenate(one)[: len(problems)] for one in zip(*parts, strict=True))
    answered = lengths - problems.lengths
    place = problems.lengths[:, None] + np.arange(most)
    tokens = np.take_along_axis(current, np.minimum(place, current.shape[1] - 1), axis=1)
    tokens = np.where(np.arange(most) < answered[:, None], tokens, 0).astype(np.int32)
    return Searched(tokens, np.minimum(answered, most).astype(np.int32), behind, counts)


def _search(
    decoder: Decodes,
    value: Callable[[Array, Array], Array],
    simulations: int,
    actions: int,
    step: int,
    end: int,
    temperature: float,
) -> Callable[..., tuple[Array, Array, Array, Array, Array]]:
    """Compile the search for one step of many answers."""
    # Its annotations are narrower than what it takes.
    mctx: Any = importlib.import_module("mctx")
    write = writer(decoder, step, end, actions, temperature)

    def node(variables: Variables, rows: Array, lengths: Array, ended: Array, key: PRNGKeyArray) -> tuple[_Node, Array]:
        count = len(rows)
        steps, counts, ends, likelihood = write(variables, rows, lengths, jnp.arange(count), key)
        shaped = (leaf.reshape(count, actions, *leaf.shape[1:]) for leaf in (steps, counts, ends, likelihood))
        steps, counts, ends, likelihood = shaped
        counts = jnp.where(ended[:, None], 0, counts)
        return _Node(rows, lengths, ended, steps, counts, ends), likelihood

    def worth(at: _Node) -> Array:
        return value(at.rows, at.lengths - 1)

    def follow(at: _Node, action: Array) -> tuple[Array, Array, Array]:
        """Append the chosen step; what has ended stays as it is."""
        own = jnp.arange(len(action))
        added = at.counts[own, action]
        place = at.lengths[:, None] + jnp.arange(step)
        kept = jnp.arange(step) < added[:, None]
        # What is not kept is written beyond the row, where it is dropped.
        place = jnp.where(kept, place, at.rows.shape[1])
        rows = at.rows.at[own[:, None], place].set(at.steps[own, action], mode="drop")
        return rows, at.lengths + added, at.ended | at.ends[own, action]

    def recur(variables: Variables, key: PRNGKeyArray, action: Array, at: _Node) -> tuple[Any, _Node]:
        rows, lengths, ended = follow(at, action)
        found, prior = node(variables, rows, lengths, ended, key)
        judged = worth(found)
        # Beyond its end an answer is worth what it is worth, however often the search goes on from there.
        beyond = at.ended
        output = mctx.RecurrentFnOutput(
            reward=jnp.where(beyond, judged, 0.0),
            discount=jnp.where(beyond, 0.0, 1.0),
            prior_logits=prior,
            value=judged,
        )
        return output, found

    @jax.jit
    def search(
        variables: Variables, rows: Array, lengths: Array, ended: Array, key: PRNGKeyArray
    ) -> tuple[Array, Array, Array, Array, Array]:
        first, rest = jax.random.split(key)
        root, prior = node(variables, rows, lengths, ended, first)
        policy = mctx.gumbel_muzero_policy(
            variables,
            rest,
            mctx.RootFnOutput(prior_logits=prior, value=worth(root), embedding=root),
            recur,
            simulations,
            max_num_considered_actions=actions,
            gumbel_scale=0.0,
        )
        tree = policy.search_tree
        looked = (tree.node_visits > 0) & ~ended[:, None]
        behind = jnp.where(looked, tree.embeddings.lengths, 0)
        counts = jnp.where(looked[:, :, None], tree.embeddings.counts, 0)
        return *follow(root, policy.action), behind, counts

    return search
