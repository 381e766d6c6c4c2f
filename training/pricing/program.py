"""What is priced: a function with its arguments, traced for its operations, and compiled once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import jax

from training.pricing.circuits import Circuits
from training.pricing.compilation import Compilation, compile_timed
from training.probes.flops import Operations, count_operations

NO_FORWARD = "no forward pass is priced beside this program"
NO_REVERSE_PASS = "this program is not known to run a reverse pass, for which something would be kept"
NO_CIRCUITS = "this program is not known to have circuits that quantum hardware would run"


class Program:
    """A gradient, an update or a forward pass, with what it is called on.

    Making one does nothing; it is compiled when first run or weighed, and once. Calling it runs it.

    Args:
        function: What is called.
        arguments: Its arguments. ``jax.ShapeDtypeStruct`` will do as long as it is not run.
        forward: The program of the value alone, beside which a gradient is timed, or why there is none.
        kept: Counts the bytes kept from the forward to the reverse pass (see ``residual_bytes``), or why there are
            none.
        circuits: What quantum hardware would run for one call, or why nothing is known of it.
        compiler: Compiles the function for its arguments, where ``jax.jit`` alone does not place them right.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        *arguments: Any,
        forward: Program | str = NO_FORWARD,
        kept: Callable[[], int] | str = NO_REVERSE_PASS,
        circuits: Circuits | str = NO_CIRCUITS,
        compiler: Callable[..., Any] | None = None,
    ) -> None:
        self.function = function
        self._compiler = compiler or _compile
        self.arguments = arguments
        self.forward = forward
        self.kept = kept
        self.circuits = circuits

    def operations(self) -> Operations:
        """Count the operations of one call on the jaxpr; nothing is compiled.

        Raises:
            Uncountable: They depend on the data, or the program holds what the count does not know.
        """
        return count_operations(self.function, *self.arguments)

    @cached_property
    def compilation(self) -> Compilation:
        """The compiled program, and the seconds that it took."""
        return compile_timed(lambda: self._compiler(self.function, *self.arguments))

    @property
    def compiled(self) -> Any:
        """The compiled program, which takes the arguments."""
        return self.compilation.program

    @property
    def analysis(self) -> Any:
        """XLA's analysis of the compiled program's memory; ``None`` where the backend gives none."""
        return self.compiled.memory_analysis()

    def __call__(self) -> Any:
        """Run the compiled program on its arguments."""
        return self.compiled(*self.arguments)


def _compile(function: Callable[..., Any], *arguments: Any) -> Any:
    return jax.jit(function).lower(*arguments).compile()


def compile_whole(function: Callable[..., Any], *arguments: Any) -> Any:
    """Compile a function and keep the arguments that it does not use, so that all its programs hold the same ones."""
    return jax.jit(function, keep_unused=True).lower(*arguments).compile()
