"""What a compiler says of the program that it made: planned memory, code, operations and collectives."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

COLLECTIVES = (
    "all-reduce",
    "all-gather",
    "reduce-scatter",
    "all-to-all",
    "ragged-all-to-all",
    "collective-permute",
    "collective-broadcast",
)
"""Operations of HLO in which devices exchange arrays."""
# An asynchronous one begins as `-start` and ends as `-done`: its beginning is counted.
_COLLECTIVE = re.compile(rf"^\s*(?:ROOT )?%?[\w.-]+ = .*? ({'|'.join(COLLECTIVES)})(?:-start)?\(", re.MULTILINE)


@dataclass(frozen=True)
class CompilerAccount:
    """What a compiler says of one call of a program on each device; ``None`` where it says nothing.

    Attributes:
        argument_bytes: Memory of the arguments.
        output_bytes: Memory of the results.
        temp_bytes: Memory in between.
        alias_bytes: Memory of results that take the place of arguments.
        code_bytes: The program itself.
        stated_peak_bytes: What the compiler calls its peak; that of CPUs leaves temporaries out.
        operations: Floating-point operations, the body of a loop counted once however often it runs.
        accessed_bytes: Bytes read and written by all its kernels, likewise.
        seconds: The compiler's own estimate of how long it takes, likewise.
        collectives: How many operations exchange arrays between devices, by kind; those in a loop count once.
    """

    argument_bytes: int | None
    output_bytes: int | None
    temp_bytes: int | None
    alias_bytes: int | None
    code_bytes: int | None
    stated_peak_bytes: int | None
    operations: float | None
    accessed_bytes: float | None
    seconds: float | None
    collectives: Mapping[str, int]

    @property
    def peak_bytes(self) -> int | None:
        """Bytes that must have room at once: everything planned, or the stated peak where that is more."""
        held = (self.argument_bytes, self.output_bytes, self.temp_bytes, self.code_bytes or 0)
        planned = [one for one in held if one is not None]
        if len(planned) < len(held) or self.alias_bytes is None or self.stated_peak_bytes is None:
            return None
        return max(sum(planned) - self.alias_bytes, self.stated_peak_bytes)


def compiler_account(compiled: Any) -> CompilerAccount:
    """Ask a compiled program what its compiler says of it.

    Args:
        compiled: What ``jax.jit(...).lower(...).compile()`` returns.
    """
    memory, costs = compiled.memory_analysis(), compiled.cost_analysis() or {}

    def planned(name: str) -> int | None:
        return None if memory is None else int(getattr(memory, f"{name}_in_bytes"))

    def cost(name: str) -> float | None:
        # XLA writes a negative number where it has none.
        value = costs.get(name)
        return None if value is None or value < 0 else float(value)

    return CompilerAccount(
        argument_bytes=planned("argument_size"),
        output_bytes=planned("output_size"),
        temp_bytes=planned("temp_size"),
        alias_bytes=planned("alias_size"),
        # Backends that do not tell the size of their code say that there is none.
        code_bytes=planned("generated_code_size") or None,
        stated_peak_bytes=planned("peak_memory"),
        operations=cost("flops"),
        accessed_bytes=cost("bytes accessed"),
        seconds=cost("optimal_seconds"),
        collectives=count_collectives(compiled.as_text()),
    )


def count_collectives(hlo: str) -> dict[str, int]:
    """Count the operations of a program in which devices exchange arrays.

    Args:
        hlo: The program as HLO text.

    Returns:
        How often each kind stands in the text, most frequent first; kinds that do not are left out.
    """
    return dict(Counter(_COLLECTIVE.findall(hlo)).most_common())
