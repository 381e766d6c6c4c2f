"""The transformer behind the project's interface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float, Int, PRNGKeyArray, PyTree, Shaped

from paradigms.interface import Cost, Output, Placement, Readout, Spec, Variables, require
from paradigms.transformer import cost as macs
from paradigms.transformer.config import Config
from paradigms.transformer.decoding import Memory, advance, start
from paradigms.transformer.model import Transformer
from paradigms.transformer.placement import placement
from paradigms.transformer.positions import check_rotary
from paradigms.transformer.quantisation import quantised, require_qwix
from paradigms.transformer.readout import readout_pieces
from paradigms.transformer.tokens import Layout, layout

# The names of matrices; norms' scales, biases and the position table have others. A rule by rank would take
# the stacked [layers, width] scales for matrices.
_DECAYED = ("kernel", "token_embedding")


@dataclass(frozen=True)
class TransformerParadigm:
    """A transformer for one task.

    Parameters are nested dicts. Those of up to ``MOST_APART`` blocks are under their numbers, those of more have a
    leading ``layers`` axis.
    """

    config: Config
    spec: Spec
    layout: Layout
    graphdef: nnx.GraphDef = field(repr=False)
    name: str = "transformer"
    batch_coupled: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        """How the input became tokens."""
        return self.layout.notes

    def init(self, key: PRNGKeyArray) -> Variables:
        """Draw initial parameters; there is no state."""
        model = Transformer(self.config, self.spec, self.layout, rngs=nnx.Rngs(key))
        return Variables(nnx.to_pure_dict(nnx.state(model, nnx.Param)), {})

    def apply(
        self, params: PyTree, state: PyTree, inputs: Shaped[Array, "batch ..."], *, key: PRNGKeyArray, train: bool
    ) -> Output:
        """Logits ``[batch, outputs]``, or ``[batch, time, outputs]`` for language."""
        model = nnx.merge(self.graphdef, params, copy=True)
        logits = model(inputs, key=key, train=train)
        return Output(logits, state, jnp.zeros((), logits.dtype), {})

    def pieces(self, batch: int) -> int:
        """See :meth:`paradigms.interface.ReadsOutInPieces.pieces`."""
        return readout_pieces(self.config, self.spec, self.layout, batch)

    def features(
        self, params: PyTree, state: PyTree, inputs: Shaped[Array, "batch time"], *, key: PRNGKeyArray, train: bool
    ) -> Output:
        """What the read-out reads; see :meth:`paradigms.interface.ReadsOutInPieces.features`."""
        model = nnx.merge(self.graphdef, params, copy=True)
        features = model.norm(model.leaving(inputs, key=key, train=train))
        return Output(features, state, jnp.zeros((), jnp.promote_types(features.dtype, jnp.float32)), {})

    def readout(self, params: PyTree) -> Readout:
        """See :meth:`paradigms.interface.ReadsOutInPieces.readout`."""
        if self.config.tied:
            return Readout(params["token_embedding"].T, None)
        return Readout(params["readout"]["kernel"], params["readout"].get("bias"))

    def start(
        self, variables: Variables, prompts: Int[Array, "batch prompt"], lengths: Int[Array, " batch"], capacity: int
    ) -> tuple[Float[Array, "batch outputs"], Memory]:
        """Read prompts, and keep keys and values; see :meth:`paradigms.interface.Decodes.start`."""
        return start(self._language_model(variables), prompts, lengths, capacity)

    def advance(
        self, variables: Variables, tokens: Int[Array, " batch"], memory: Memory
    ) -> tuple[Float[Array, "batch outputs"], Memory]:
        """Read one more token of each row; see :meth:`paradigms.interface.Decodes.advance`."""
        return advance(self._language_model(variables), tokens, memory)

    def _language_model(self, variables: Variables) -> Transformer:
        kind = self.spec.kind
        require(kind == "language", f"a task of {kind} has no next token: decoding is of language alone")
        require(
            self.config.quantisation is None,
            f"paradigm.quantisation={self.config.quantisation} rounds the products of whole sequences alone; decode "
            "with paradigms.recomputing, which applies the model to them",
        )
        require(
            self.config.text_start is None,
            f"paradigm.text_start={self.config.text_start} is of examples with several texts, and a prompt is one: "
            "decode with the same parameters and text_start=null",
        )
        return nnx.merge(self.graphdef, variables.params, copy=True)

    def weight_decay_mask(self, params: PyTree) -> PyTree[bool]:
        """Matrices decay; norms, biases and the position table do not."""
        return jax.tree_util.tree_map_with_path(lambda path, _: path[-1].key in _DECAYED, params)

    def placement(self, names: Sequence[str]) -> Placement:
        """See :func:`paradigms.transformer.placement.placement`."""
        return placement(names)

    def cost(self) -> Cost:
        """Multiply-accumulates of one example."""
        return macs.cost(self.config, self.spec, self.layout)


def build(config: Config, spec: Spec) -> TransformerParadigm:
    """Fix the model's structure for a task, without allocating an array.

    Raises:
        Unsupported: If the task's input is no image, recording or text, rotary positions do not fit the width, a tied
            read-out or texts apart are asked for and the task is no language with rotary positions, or quantised
            products are and qwix is not installed.
    """
    if config.quantisation is not None:
        require_qwix()
    require(
        not config.tied or spec.kind == "language",
        f"paradigm.tied=true reads out with the embedding of tokens, which a task of {spec.kind} has not: use "
        "tied=false",
    )
    require(
        config.text_start is None or (spec.kind == "language" and config.positions_for(spec.kind) == "rotary"),
        f"paradigm.text_start={config.text_start} keeps texts of a language apart, at positions that are relative: a "
        f"task of {spec.kind} with positions={config.positions_for(spec.kind)} takes text_start=null",
    )
    require(
        config.text_start is None or config.text_start < spec.outputs,
        f"paradigm.text_start={config.text_start} is no token of a vocabulary of {spec.outputs}: take one that is",
    )
    cells = layout(config, spec)
    if config.positions_for(spec.kind) == "rotary":
        check_rotary(cells.grid, config.head_width)

    def make() -> nnx.Module:
        model = Transformer(config, spec, cells, rngs=nnx.Rngs(0))
        return model if config.quantisation is None else quantised(model, config.quantisation, spec)

    return TransformerParadigm(config, spec, cells, nnx.graphdef(nnx.eval_shape(make)))
