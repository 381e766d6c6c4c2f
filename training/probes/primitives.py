"""What each primitive of JAX does: the arithmetic that is counted, and how; what only moves, selects or makes data.

A primitive that stands in none of these lists is not known, and a program that holds it is not counted.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np

# fmt: off
ELEMENTWISE = frozenset({
    "add", "sub", "mul", "div", "rem", "neg", "abs", "sign", "pow", "integer_pow", "square", "sqrt", "rsqrt", "cbrt",
    "exp", "exp2", "expm1", "log", "log1p", "log2",
    "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh",
    "tanh", "asinh", "acosh", "atanh", "logistic", "erf", "erfc", "erf_inv", "lgamma", "digamma", "max", "min",
    "add_any", "conj", "clamp", "floor", "ceil", "round", "reciprocal", "polygamma", "zeta", "bessel_i0e",
    "bessel_i1e", "igamma", "igammac", "igamma_grad_a", "regularized_incomplete_beta", "addupdate", "accum_grad_in_ref",
})
"""One operation an element of the result."""

REDUCTIONS = frozenset({
    "reduce_sum", "reduce_prod", "reduce_max", "reduce_min", "argmax", "argmin",
    "cumsum", "cumprod", "cummax", "cummin", "cumlogsumexp",
    "psum", "psum_invariant", "pmax", "pmin", "reduce_scatter",
})
"""One operation an element reduced; between devices, one an element on each device."""

DATA_MOVEMENT = frozenset({
    # Other places, other shapes, other types.
    "reshape", "squeeze", "expand_dims", "broadcast_in_dim", "transpose", "rev", "slice", "dynamic_slice",
    "dynamic_update_slice", "concatenate", "pad", "gather", "select_n", "split", "tile", "stack", "unstack",
    "convert_element_type", "bitcast_convert_type", "reduce_precision", "real", "imag", "complex", "copy", "copy_p",
    "to_edtype", "from_edtype", "stop_gradient", "name", "optimization_barrier", "empty", "empty2", "zeros_like",
    "broadcast_to", "get", "swap", "masked_load", "masked_swap", "new_ref", "empty_ref", "free_ref", "freeze", "pin",
    "unpin", "tie", "dce_sink", "pvary", "pbroadcast", "reshard", "relayout", "device_put", "sharding_constraint",
    "layout_constraint", "with_memory_space_constraint", "all_gather", "all_gather_invariant", "all_to_all", "ppermute",
    "lu_pivots_to_permutation",
    # Masks, and what is computed with them.
    "eq", "ne", "lt", "le", "gt", "ge", "eq_to", "lt_to", "le_to", "is_finite", "and", "or", "xor", "not",
    "reduce_and", "reduce_or", "reduce_xor",
    # Bits, counters, addresses.
    "shift_left", "shift_right_logical", "shift_right_arithmetic", "population_count", "clz", "mulhi", "nextafter",
    "iota", "iota_2x32_shape", "axis_index", "program_id", "num_programs", "platform_index", "multiple_of",
    "max_contiguous", "dimension_size", "dim_as_value", "create_token", "after_all",
    # Random bits; what turns them into numbers is arithmetic, and counted.
    "random_bits", "random_seed", "random_wrap", "random_unwrap", "random_split", "random_fold_in", "random_clone",
    "threefry2x32", "threefry4x32", "philox2x32", "philox4x32", "rng_bit_generator", "rng_uniform",
    # What is said to a person.
    "debug_callback", "debug_print", "check", "shape_assertion", "inspect_sharding",
})
"""Counts nothing."""

CALLS = {
    "jit": "jaxpr", "pjit": "jaxpr", "call": "call_jaxpr", "core_call": "call_jaxpr", "closed_call": "call_jaxpr",
    "remat2": "jaxpr", "checkpoint": "jaxpr", "remat_opt": "fwd_jaxpr", "composite": "jaxpr",
    "custom_jvp_call": "call_jaxpr", "custom_vjp_call": "call_jaxpr", "custom_vmap_call": "call",
    "custom_partitioning": "call", "linear_call": "callee", "run_state": "jaxpr", "run_scoped": "jaxpr",
}
"""The parameter that holds the program which the primitive runs once; of other programs it may hold it runs none."""

ITERATIVE = frozenset({"eig", "eigh", "svd", "schur"})
OUTSIDE = frozenset({"pure_callback", "io_callback", "ffi_call", "call_exported", "cudnn_fusion"})
# fmt: on

_COMPLEX_FACTOR = {
    **dict.fromkeys(("mul", "integer_pow", "square", "reduce_prod", "cumprod", "scatter-mul", "scatter_mul"), 6),
    "div": 11,
    "conj": 1,
    "fft": 1,
    **dict.fromkeys(("dot_general", "conv_general_dilated", "ragged_dot_general", "triangular_solve"), 4),
    **dict.fromkeys(("cholesky", "lu", "geqrf", "householder_product", "qr"), 4),
}


def elements(variable: Any) -> int:
    """Return the number of elements of a traced value."""
    return math.prod(variable.aval.shape)


def _window(equation: Any) -> int:
    return math.prod(equation.params["window_dimensions"])


def _dot_general(equation: Any) -> int:
    """2mkn for the product of an m×k and a k×n matrix."""
    (contracted, _), _ = equation.params["dimension_numbers"]
    shape = equation.invars[0].aval.shape
    return 2 * elements(equation.outvars[0]) * math.prod(shape[axis] for axis in contracted)


def _ragged_dot(equation: Any) -> int:
    # Whatever the groups, each number of the left side meets the free axes of one group of the right.
    numbers = equation.params["ragged_dot_dimension_numbers"]
    (_, contracted), (_, batch) = numbers.dot_dimension_numbers
    met = {*contracted, *batch, *numbers.rhs_group_dimensions}
    sizes = enumerate(equation.invars[1].aval.shape)
    return 2 * elements(equation.invars[0]) * math.prod(size for axis, size in sizes if axis not in met)


def _convolution(equation: Any) -> int:
    """2 for each pair of an output and a number of the kernel, whatever is beside the input's edge.

    Zeros that a dilation puts between the numbers of the input (in the gradient of a convolution with strides) are no
    operands, so along such an axis only pairs that meet a number of the input count.
    """
    _, rhs_spec, out_spec = equation.params["dimension_numbers"]
    lhs_spec = equation.params["dimension_numbers"].lhs_spec
    inputs, kernel = (variable.aval.shape for variable in equation.invars)
    outputs = equation.outvars[0].aval.shape
    pairs = outputs[out_spec[0]] * outputs[out_spec[1]] * kernel[rhs_spec[1]]
    for axis, dilation in enumerate(equation.params["lhs_dilation"]):
        size, taps, places = (
            shape[spec[2 + axis]] for shape, spec in ((inputs, lhs_spec), (kernel, rhs_spec), (outputs, out_spec))
        )
        if dilation == 1:
            pairs *= places * taps
            continue
        stride, spread = equation.params["window_strides"][axis], equation.params["rhs_dilation"][axis]
        before, _ = equation.params["padding"][axis]
        met = stride * np.arange(places)[:, None] + spread * np.arange(taps) - before
        pairs *= int(np.sum((met % dilation == 0) & (met >= 0) & (met <= dilation * (size - 1))))
    return 2 * pairs


PRODUCTS: dict[str, Callable[[Any], int]] = {
    "dot_general": _dot_general,
    "conv_general_dilated": _convolution,
    "ragged_dot_general": _ragged_dot,
}
"""Products of matrices, which of whole numbers count too, apart."""


def _pooled(equation: Any) -> int:
    return elements(equation.outvars[0]) * _window(equation)


def _unpooled(equation: Any) -> int:
    # Each number that comes back finds its place in a window, and is added there.
    return elements(equation.invars[0]) * (_window(equation) + 1)


def _scattered(equation: Any) -> int:
    return elements(equation.invars[2])


def _sorted(axis: int, operand: Any) -> int:
    length = operand.aval.shape[axis]
    return elements(operand) * math.ceil(math.log2(length)) if length else 0


def _fft(equation: Any) -> int:
    # 5 N log₂ N real operations for N complex points, half of them where one side is real (Van Loan 1992).
    ends = [variable.aval for variable in (equation.invars[0], equation.outvars[0])]
    points = math.prod(equation.params["fft_lengths"])
    batch = math.prod(ends[0].shape[: len(ends[0].shape) - len(equation.params["fft_lengths"])])
    each = 5 if all(jnp.issubdtype(end.dtype, jnp.complexfloating) for end in ends) else 2.5
    return round(each * batch * points * math.log2(points)) if points else 0


def _matrices(variable: Any) -> tuple[int, int, int]:
    *batch, rows, columns = variable.aval.shape
    return math.prod(batch), rows, columns


def _cholesky(equation: Any) -> int:
    batch, size, _ = _matrices(equation.invars[0])
    # A root, a division for each of the j entries below, and their outer product taken from the triangle below.
    return batch * sum(1 + j + j * (j + 1) for j in range(size))


def _lu(equation: Any) -> int:
    batch, rows, columns = _matrices(equation.invars[0])
    below = ((rows - k - 1, columns - k - 1) for k in range(min(rows, columns)))
    return batch * sum(down + 2 * down * right for down, right in below)


def _triangular_solve(equation: Any) -> int:
    batch, size, _ = _matrices(equation.invars[0])
    divisions = 0 if equation.params["unit_diagonal"] else size
    right_sides = elements(equation.invars[1]) // (batch * size) if batch * size else 0
    return batch * right_sides * (divisions + size * (size - 1))


def _geqrf(equation: Any) -> int:
    batch, rows, columns = _matrices(equation.invars[0])
    return batch * _reflectors(rows, columns)


def _householder_product(equation: Any) -> int:
    batch, rows, columns = _matrices(equation.invars[0])
    return batch * _from_reflectors(rows, columns, equation.invars[1].aval.shape[-1])


def _qr(equation: Any) -> int:
    batch, rows, columns = _matrices(equation.invars[0])
    _, _, orthogonal = _matrices(equation.outvars[0])
    return batch * (_reflectors(rows, columns) + _from_reflectors(rows, orthogonal, min(rows, columns)))


def _reflectors(rows: int, columns: int) -> int:
    # Leading order, as is the next (Golub & Van Loan 2013, 5.2 and 5.1.6).
    long, short = max(rows, columns), min(rows, columns)
    return round(2 * long * short**2 - 2 * short**3 / 3)


def _from_reflectors(rows: int, columns: int, count: int) -> int:
    return round(4 * rows * columns * count - 2 * (rows + columns) * count**2 + 4 * count**3 / 3)


FORMULAS: dict[str, Callable[[Any], int]] = {
    **dict.fromkeys(("reduce_window_sum", "reduce_window_max", "reduce_window_min", "select_and_gather_add"), _pooled),
    **dict.fromkeys(("select_and_scatter_add",), _unpooled),
    **dict.fromkeys(("scatter-add", "scatter_add", "scatter-sub", "scatter_sub"), _scattered),
    **dict.fromkeys(("scatter-mul", "scatter_mul", "scatter-min", "scatter_min"), _scattered),
    **dict.fromkeys(("scatter-max", "scatter_max"), _scattered),
    # 1 − x², of JAX 0.12: the derivative of tanh.
    "one_minus_square": lambda equation: 2 * elements(equation.outvars[0]),
    "sort": lambda equation: _sorted(equation.params["dimension"], equation.invars[0]),
    "top_k": lambda equation: _sorted(equation.params.get("axis", -1), equation.invars[0]),
    "fft": _fft,
    "cholesky": _cholesky,
    "lu": _lu,
    "triangular_solve": _triangular_solve,
    "geqrf": _geqrf,
    "householder_product": _householder_product,
    "qr": _qr,
}
"""Operations on real numbers from the shapes; of a matrix factorisation as its textbook algorithm makes them."""


def complex_factor(name: str) -> int:
    """Real operations of a complex one, over those counted for a real one: 4 for multiply-adds, 2 for sums."""
    return _COMPLEX_FACTOR.get(name, 2)
