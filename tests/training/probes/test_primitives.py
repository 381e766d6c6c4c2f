"""The list of what is counted: by hand-written algorithms that count as they go, and by what is not on it."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax
from jax.ad_checkpoint import checkpoint_name

from training.probes import primitives
from training.probes.flops import Operations, Uncountable, count_flops, count_operations

sizes = st.integers(1, 12)


def shape(*dimensions, dtype=jnp.float32):
    return jax.ShapeDtypeStruct(dimensions, dtype)


class Counted:
    """A number that counts the operations it takes part in."""

    made = 0

    def __init__(self, value):
        self.value = float(value)

    def _made(self, value):
        Counted.made += 1
        return Counted(value)

    def __add__(self, other):
        return self._made(self.value + other.value)

    def __sub__(self, other):
        return self._made(self.value - other.value)

    def __mul__(self, other):
        return self._made(self.value * other.value)

    def __truediv__(self, other):
        return self._made(self.value / other.value)

    def sqrt(self):
        return self._made(np.sqrt(self.value))


def counted(algorithm, *arrays):
    Counted.made = 0
    result = algorithm(*(np.vectorize(Counted, otypes=[object])(array) for array in arrays))
    return Counted.made, np.vectorize(lambda number: number.value, otypes=[float])(result)


def cholesky(a):
    a = a.copy()
    size = len(a)
    for k in range(size):
        a[k, k] = a[k, k].sqrt()
        for i in range(k + 1, size):
            a[i, k] = a[i, k] / a[k, k]
        for j in range(k + 1, size):
            for i in range(j, size):
                a[i, j] = a[i, j] - a[i, k] * a[j, k]
    return a


def lu(a):
    a = a.copy()
    rows, columns = a.shape
    for k in range(min(rows, columns)):
        for i in range(k + 1, rows):
            a[i, k] = a[i, k] / a[k, k]
            for j in range(k + 1, columns):
                a[i, j] = a[i, j] - a[i, k] * a[k, j]
    return a


def forward_substitution(a, b, ones_on_the_diagonal):
    b = b.copy()
    for column in range(b.shape[1]):
        for i in range(len(a)):
            for j in range(i):
                b[i, column] = b[i, column] - a[i, j] * b[j, column]
            if not ones_on_the_diagonal:
                b[i, column] = b[i, column] / a[i, i]
    return b


def definite(size):
    drawn = np.random.default_rng(size).normal(size=(size, size))
    return drawn @ drawn.T + size * np.eye(size)


@settings(max_examples=10, deadline=None)
@given(sizes, st.integers(1, 3))
def test_cholesky_counts_what_the_algorithm_makes(size, batch):
    matrix = definite(size)
    made, factor = counted(cholesky, matrix)
    np.testing.assert_allclose(np.tril(factor), np.linalg.cholesky(matrix))
    assert count_flops(jax.lax.linalg.cholesky, shape(batch, size, size)) == batch * (made + 2 * size**2)


@settings(max_examples=10, deadline=None)
@given(sizes, sizes)
def test_lu_counts_what_the_algorithm_makes(rows, columns):
    matrix = np.random.default_rng(0).normal(size=(rows, columns)) + 3 * np.eye(rows, columns)
    made, packed = counted(lu, matrix)
    lower = np.tril(packed, -1)[:, : min(rows, columns)] + np.eye(rows, min(rows, columns))
    np.testing.assert_allclose(lower @ np.triu(packed)[: min(rows, columns)], matrix)
    assert count_flops(lambda a: jax.lax.linalg.lu(a)[0], shape(rows, columns)) == made


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 3), sizes, sizes, st.booleans(), st.booleans(), st.sampled_from([jnp.float32, jnp.complex64]))
def test_a_triangular_system_counts_what_substitution_makes(batch, size, right_sides, left, unit, dtype):
    matrix = np.tril(definite(size))
    if unit:
        np.fill_diagonal(matrix, 1)
    made, solution = counted(
        partial(forward_substitution, ones_on_the_diagonal=unit), matrix, np.ones((size, right_sides))
    )
    np.testing.assert_allclose(matrix @ solution, np.ones((size, right_sides)))
    solve = partial(jax.lax.linalg.triangular_solve, left_side=left, lower=True, unit_diagonal=unit)
    known = (size, right_sides) if left else (right_sides, size)
    found = count_flops(solve, shape(batch, size, size, dtype=dtype), shape(batch, *known, dtype=dtype))
    assert found == batch * (4 if dtype == jnp.complex64 else 1) * made


def reflected(rows, columns, reflectors):
    """A product, a sum, a product and a difference for every number that a reflector meets."""
    return sum(4 * (rows - k) * (columns - k) for k in range(reflectors))


@pytest.mark.parametrize(("rows", "columns"), [(400, 300), (300, 400), (300, 300), (800, 100)])
@pytest.mark.parametrize("batch", [1, 2])
def test_reflectors_count_what_they_meet_to_leading_order(rows, columns, batch):
    """Found column by column, and multiplied out from the last to the first (Golub & Van Loan 2013, 5.2 and 5.1.6)."""
    matrix, reflectors = shape(batch, rows, columns), min(rows, columns)
    packed = batch * reflected(rows, columns, reflectors)
    assert count_flops(lambda a: jnp.linalg.qr(a, mode="raw"), matrix) == pytest.approx(packed, rel=0.02)
    for mode, orthogonal in (("reduced", reflectors), ("complete", rows)):
        unpacked = batch * reflected(rows, orthogonal, reflectors)
        found = count_flops(lambda a, mode=mode: jnp.linalg.qr(a, mode=mode), matrix)
        assert found == pytest.approx(packed + unpacked, rel=0.02)
    tall, some = max(rows, columns), reflectors - 60
    found = count_flops(jax.lax.linalg.householder_product, shape(batch, tall, reflectors), shape(batch, some))
    assert found == pytest.approx(batch * reflected(tall, reflectors, some), rel=0.02)


def test_of_a_product_in_groups_every_row_meets_one_matrix():
    rows, groups, inner, outer = 6, 2, 3, 5
    arguments = shape(rows, inner), shape(groups, inner, outer), shape(groups, dtype=jnp.int32)
    assert count_flops(jax.lax.ragged_dot, *arguments) == 2 * rows * inner * outer
    gradient = jax.grad(lambda *given: jnp.sum(jax.lax.ragged_dot(*given)), argnums=(0, 1))
    # Forwards, with the sum of the results; and once more for either operand.
    assert count_flops(gradient, *arguments) == 3 * 2 * rows * inner * outer + rows * outer


@pytest.mark.parametrize(
    ("numbers", "left", "right", "groups", "products"),
    [
        # Rows in groups, of one and of two free axes on the right; a sum in groups; a batch before them.
        ((((1,), (1,)), ((), ()), (0,), (0,)), (6, 3), (2, 3, 5), (2,), 6 * 3 * 5),
        ((((1,), (1,)), ((), ()), (0,), (0,)), (6, 3), (2, 3, 5, 4), (2,), 6 * 3 * 5 * 4),
        ((((1, 2), (1, 2)), ((), ()), (0,), (0,)), (6, 3, 4), (2, 3, 4, 5), (2,), 6 * 3 * 4 * 5),
        ((((0,), (0,)), ((), ()), (0,), ()), (6, 3), (6, 5, 4), (2,), 6 * 3 * 5 * 4),
        ((((2,), (2,)), ((0,), (1,)), (1,), (0,)), (7, 6, 3), (2, 7, 3, 5), (7, 2), 7 * 6 * 3 * 5),
    ],
)
def test_products_in_groups_of_any_axes_meet_all_that_is_free_on_the_right(numbers, left, right, groups, products):
    contracted, batch, ragged, grouped = numbers
    axes = lax.RaggedDotDimensionNumbers((contracted, batch), ragged, grouped)

    def product(a, b, sizes):
        return lax.ragged_dot_general(a, b, sizes, axes)

    arguments = shape(*left), shape(*right), shape(*groups, dtype=jnp.int32)
    assert count_operations(product, *arguments) == Operations(floating=2 * products)


@pytest.mark.parametrize(
    ("keys", "values", "compared"), [(jnp.int32, jnp.float32, 0), (jnp.float32, jnp.int32, 1000 * 10)]
)
def test_what_is_only_carried_along_by_a_sort_is_not_compared(keys, values, compared):
    arguments = shape(1000, dtype=keys), shape(1000, dtype=values)
    assert count_operations(lax.sort_key_val, *arguments) == Operations(floating=compared)


def test_what_was_counted_as_nothing():
    # n³/3, 2n³/3 and 5 N log₂ N, to leading order.
    assert count_flops(jnp.linalg.cholesky, shape(100, 100)) == pytest.approx(1e6 / 3, rel=0.1)
    assert count_flops(jnp.linalg.solve, shape(100, 100), shape(100)) == pytest.approx(2e6 / 3, rel=0.05)
    assert count_flops(jnp.fft.fft, shape(1024, dtype=jnp.complex64)) == 5 * 1024 * 10
    assert count_flops(jnp.fft.rfft, shape(3, 1024)) == 3 * 2.5 * 1024 * 10
    assert count_flops(lambda x: jnp.fft.irfft(x, 1024), shape(513, dtype=jnp.complex64)) == 2.5 * 1024 * 10
    assert count_flops(jnp.fft.fft2, shape(8, 16, dtype=jnp.complex64)) == 5 * 128 * 7
    assert count_flops(jnp.sort, shape(3, 1000)) == 3 * 1000 * 10
    assert count_flops(lambda x: jax.lax.top_k(x, 2)[0], shape(3, 1000)) == 3 * 1000 * 10
    tall = count_flops(jnp.linalg.qr, shape(40, 20))
    assert tall == pytest.approx(2 * (2 * 40 * 20**2 - 2 * 20**3 / 3), rel=1e-4)


@pytest.mark.parametrize(("start", "operation"), [(-jnp.inf, jax.lax.max), (jnp.inf, jax.lax.min), (0.0, jax.lax.add)])
def test_pooling_counts_one_an_element_of_a_window(start, operation):
    def pooled(x):
        return jax.lax.reduce_window(x, start, operation, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")

    image = shape(5, 8, 8, 3)
    assert count_flops(pooled, image) == 5 * 4 * 4 * 3 * 4


def test_the_derivatives_of_pooling_find_in_every_window_whose_number_it_is():
    def pooled(x):
        return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")

    image, results = jnp.ones((5, 8, 8, 3)), 5 * 4 * 4 * 3
    _, pull = jax.vjp(pooled, image)
    # Each of the results is looked for among four numbers, and added there.
    assert count_flops(pull, shape(5, 4, 4, 3)) == results * (4 + 1)
    # Forwards the largest is found, and once more the tangent of the largest.
    assert count_flops(lambda x: jax.jvp(pooled, (x,), (x,)), image) == results * (4 + 4)


def test_a_reduction_of_ones_own_counts_its_body():
    def reduced(x):
        return jax.lax.reduce(x, 0.0, lambda a, b: a * b + a, (0,))

    def windowed(x):
        return jax.lax.reduce_window(x, 0.0, lambda a, b: a * b + a, (3,), (1,), "VALID")

    assert count_flops(reduced, shape(10)) == 2 * 10
    assert count_flops(windowed, shape(10)) == 2 * 3 * 8


@pytest.mark.parametrize(
    ("function", "named"),
    [
        (lambda x: jnp.linalg.svd(x)[1], "svd iterates"),
        (lambda x: jnp.linalg.eigh(x)[0], "eigh iterates"),
        (lambda x: jax.pure_callback(np.sin, x, x, vmap_method="expand_dims"), "pure_callback computes outside of JAX"),
        (lambda x: jax.random.gamma(jax.random.key(0), x), "random_gamma are not known"),
    ],
)
@pytest.mark.parametrize(
    "inside", [lambda f: f, jax.jit, jax.vmap, jax.checkpoint, lambda f: lambda x: jax.lax.map(f, x)]
)
def test_what_is_not_known_is_refused_by_name_wherever_it_stands(function, named, inside):
    with pytest.raises(Uncountable, match=named):
        count_flops(inside(function), shape(2, 4, 4))


def test_a_primitive_of_ones_own_is_refused_by_name():
    from jax.extend.core import Primitive

    mystery = Primitive("mystery")
    mystery.def_abstract_eval(lambda x: x)
    with pytest.raises(Uncountable, match="the operations of mystery are not known"):
        count_flops(lambda x: mystery.bind(x) + 1, shape(10))


@pytest.mark.parametrize("dimensions", [(0,), (3, 0)])
def test_arrays_without_elements_take_no_operations(dimensions):
    def several(x):
        return jnp.sort(jnp.exp(x) + 1.0), jnp.sum(x * 2.0)

    assert count_operations(several, shape(*dimensions)) == Operations()


@pytest.mark.parametrize(("batch", "size"), [(0, 4), (3, 0)])
def test_transforms_and_systems_without_elements_take_no_operations(batch, size):
    def transformed(x):
        return jax.lax.fft(x, "FFT", (size,))

    assert count_flops(transformed, shape(batch, size, dtype=jnp.complex64)) == 0
    system = shape(batch, size, size), shape(batch, size, 2)
    assert count_flops(partial(jax.lax.linalg.triangular_solve, left_side=True), *system) == 0


ARITHMETIC = (primitives.ELEMENTWISE, primitives.REDUCTIONS, primitives.PRODUCTS.keys(), primitives.FORMULAS.keys())


def test_a_primitive_stands_in_one_list():
    lists = [*ARITHMETIC, primitives.DATA_MOVEMENT, primitives.CALLS.keys(), primitives.ITERATIVE, primitives.OUTSIDE]
    assert sum(map(len, lists)) == len(set().union(*lists))


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from(
        [jnp.exp, jnp.tanh, jnp.floor, jnp.round, jnp.negative, jnp.cbrt, jax.lax.lgamma, jax.lax.bessel_i0e]
    ),
    st.lists(sizes, max_size=3),
    st.sampled_from([jnp.float32, jnp.bfloat16]),
)
def test_elementwise_arithmetic_counts_one_an_element(function, dimensions, dtype):
    expected = Operations(floating=int(np.prod(dimensions, dtype=int)))
    assert count_operations(function, shape(*dimensions, dtype=dtype)) == expected


def test_what_a_complex_operation_counts_where_it_is_neither_a_product_nor_a_quotient():
    for function, each in ((jnp.conj, 1), (jnp.exp, 2), (lambda x: -x, 2), (jnp.sum, 2), (jax.lax.cumsum, 2)):
        assert count_flops(function, shape(10, dtype=jnp.complex64)) == each * 10


def test_gradients_that_meet_are_added():
    # Of x · x: either factor's product, and their sum; that of the forward pass is not needed.
    assert count_flops(lambda x: jax.vjp(lambda x: x * x, x)[1](x), shape(10)) == (1 + 3) * 10


OF_ONE_NUMBER = (
    lax.abs, lax.acos, lax.acosh, lax.asin, lax.asinh, lax.atan, lax.atanh, lax.bessel_i0e, lax.bessel_i1e, lax.cbrt,
    lax.ceil, lax.cos, lax.cosh, lax.digamma, lax.erf, lax.erf_inv, lax.erfc, lax.exp, lax.exp2, lax.expm1, lax.floor,
    lax.lgamma, lax.log, lax.log1p, lax.logistic, lax.neg, lax.round, lax.rsqrt, lax.sign, lax.sin, lax.sinh, lax.sqrt,
    lax.square, lax.tan, lax.tanh, lambda x: lax.integer_pow(x, 3),
)  # fmt: skip
OF_TWO = (
    lax.add, lax.atan2, lax.div, lax.igamma, lax.igammac, lax.igamma_grad_a, lax.max, lax.min, lax.mul, lax.polygamma,
    lax.pow, lax.rem, lax.sub, lax.zeta,
)  # fmt: skip
OF_THREE = (lax.betainc, lax.clamp)
OF_MANY = (
    jnp.sum, jnp.prod, jnp.max, jnp.min, jnp.argmax, jnp.argmin, lax.cumsum, lax.cumprod, lax.cummax, lax.cummin,
    lax.cumlogsumexp,
)  # fmt: skip
ARITHMETIC_OF = [(one, count) for count, all_of in enumerate((OF_ONE_NUMBER, OF_TWO, OF_THREE), 1) for one in all_of]


@pytest.mark.parametrize(("function", "operands"), [*ARITHMETIC_OF, *((one, 1) for one in OF_MANY)])
def test_arithmetic_is_an_operation_a_number(function, operands):
    assert count_operations(function, *[shape(10)] * operands) == Operations(floating=10)


@pytest.mark.parametrize("reduction", [lax.psum, lax.pmax, lax.pmin, partial(lax.psum_scatter, tiled=True)])
def test_a_reduction_between_devices_is_an_operation_a_number_on_each(reduction):
    mesh = jax.sharding.AbstractMesh((2,), ("data",), axis_types=(jax.sharding.AxisType.Auto,))
    split = jax.sharding.PartitionSpec("data")

    def reduced(x):
        shares = partial(jax.shard_map, mesh=mesh, in_specs=split, out_specs=split, check_vma=False)
        return shares(lambda x: reduction(x, "data"))(x)

    assert count_flops(reduced, shape(20)) == 2 * 10


MOVED = (
    lambda x: x[::-1].reshape(5, 2).T,
    lambda x: jnp.concatenate([jnp.pad(x, 2), *jnp.split(x, 2)]),
    lambda x: jnp.tile(jnp.expand_dims(x, 0), (2, 1)),
    lambda x: x[jnp.array([1, 3])],
    lambda x: lax.dynamic_update_slice(x, x[:3], (2,)),
    lambda x: jnp.where(x < 1, x, 0),
    lambda x: ~((x >= 1) & (x != 2) | (x <= 3) ^ (x > 4)),
    lambda x: jnp.any(x == 1) | jnp.all(lax.is_finite(x)),
    lambda x: (lax.complex(x, x).real, lax.complex(x, x).imag),
    lambda x: x.astype(jnp.bfloat16).view(jnp.int16),
    lambda x: lax.reduce_precision(x, 5, 10),
    lambda x: lax.population_count(x.view(jnp.uint32)) + lax.clz(x.view(jnp.uint32)),
    lambda x: (x.view(jnp.uint32) << 1) + (x.view(jnp.uint32) >> 2) + (x.view(jnp.int32) >> 1),
    lambda x: lax.nextafter(x, x),
    lambda x: jnp.copy(lax.optimization_barrier(lax.stop_gradient(checkpoint_name(x, "kept")))),
    lambda x: jax.random.bits(jax.random.split(jax.random.fold_in(jax.random.key(0), 1))[0], x.shape),
    lambda x: jax.debug.print("{}", x),
)


@pytest.mark.parametrize("function", MOVED)
def test_what_moves_selects_or_makes_numbers_takes_no_operations(function):
    assert count_operations(function, shape(10)) == Operations()


@pytest.mark.parametrize("stride", [1, 2, 3, 4])
@pytest.mark.parametrize("padding", ["VALID", "SAME"])
def test_the_gradient_of_a_convolution_with_strides_meets_each_product_once_a_side(stride, padding):
    """By loops over the numbers that are there; beside the input's edge they count only in the forward direction."""
    size, taps, batch, inner, outer = 9, 3, 2, 4, 5

    def convolution(image, kernel):
        return jax.lax.conv_general_dilated(image, kernel, (stride, stride), padding)

    image, kernel = jnp.ones((batch, inner, size, size)), jnp.ones((outer, inner, taps, taps))
    output = convolution(image, kernel)
    _, pull = jax.vjp(lambda image: convolution(image, kernel), image)
    places = output.shape[-1]
    before = max((places - 1) * stride + taps - size, 0) // 2 if padding == "SAME" else 0
    met = sum(0 <= place * stride + tap - before < size for place in range(places) for tap in range(taps))
    assert count_flops(pull, output) == 2 * batch * inner * outer * (met**2 if stride > 1 else (size * taps) ** 2)


def test_what_a_scatter_makes_of_the_numbers_it_meets_is_counted():
    def change(x):
        return x.at[jnp.arange(7)].apply(lambda value: jnp.sin(value) * jnp.exp(value))

    assert count_flops(change, jnp.ones(10)) == 3 * 7
    assert count_flops(lambda x: x.at[jnp.arange(7)].set(2.0), jnp.ones(10)) == 0


@pytest.mark.parametrize(
    "function",
    [jnp.square, lambda x: x**2, jnp.prod, jnp.cumprod, lambda x: x.at[jnp.arange(10)].multiply(x), lambda x: x * x],
)
def test_every_complex_product_is_six_real_operations(function):
    assert count_flops(function, jnp.ones(10, jnp.complex64)) == 60


def quotient(a, b, c, d):
    """(a + ib)/(c + id), in real numbers."""
    below = c * c + d * d
    return np.array([(a * c + b * d) / below, (b * c - a * d) / below])


def test_a_complex_quotient_counts_what_the_schoolbook_makes():
    made, found = counted(quotient, *np.array([[1.0], [2.0], [3.0], [-4.0]]))
    assert complex(*found.ravel()) == pytest.approx((1 + 2j) / (3 - 4j))
    assert count_flops(lambda x, y: x / y, *[shape(10, dtype=jnp.complex64)] * 2) == 10 * made


def test_only_numbers_that_are_added_count_and_not_those_that_stand_there():
    changes = (
        lambda place: place.add(2.0),
        lambda place: place.subtract(2.0),
        lambda place: place.min(2.0),
        lambda place: place.max(2.0),
        lambda place: place.multiply(2.0),
    )
    for change in changes:
        assert count_flops(lambda x, change=change: change(x.at[jnp.arange(7)]), shape(1000)) == 7
