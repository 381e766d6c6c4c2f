"""Operations counted on the jaxpr, against hand counts and XLA's own count of an unrolled program."""

import jax
import jax.numpy as jnp
import pytest
from jax.experimental import pallas

from paradigms.tangents import with_tangent_map
from training.probes.flops import Operations, Uncountable, count_flops, count_operations


def shape(*dimensions, dtype=jnp.float32):
    return jax.ShapeDtypeStruct(dimensions, dtype)


def test_matrix_product_by_hand():
    assert count_flops(lambda a, b: a @ b, shape(5, 7), shape(7, 3)) == 2 * 5 * 7 * 3
    assert count_flops(lambda a, b: jnp.einsum("bij,bjk->bik", a, b), shape(4, 5, 7), shape(4, 7, 3)) == 4 * 210


def test_a_product_counts_all_axes_that_it_contracts():
    # 2·5 outputs, each a sum of 3·4 products.
    def contracted(a, b):
        return jnp.tensordot(a, b, axes=((1, 2), (0, 1)))

    assert count_flops(contracted, shape(2, 3, 4), shape(3, 4, 5)) == 2 * (2 * 5) * (3 * 4)


def test_of_branches_the_most_expensive_counts():
    def branched(choice, x):
        return jax.lax.switch(choice, [lambda x: x * x, lambda x: jnp.exp(x * x) + x, lambda x: x], x)

    assert count_flops(branched, shape(dtype=jnp.int32), shape(10)) == 3 * 10
    gradient = jax.grad(lambda x: jax.lax.cond(x[0] > 0, lambda x: jnp.sum(x * x), lambda x: x[0], x))
    # The branch of the square: its ten products, or the two of each in the other direction and their sum.
    assert count_flops(gradient, shape(10)) >= 10 + 20


def product_of_whole_numbers(a):
    return jax.lax.dot(a, a, preferred_element_type=jnp.int8)


def test_whole_and_floating_operations_of_a_branch_or_a_loop_count_alike():
    def branched(choice, x, a):
        plain, whole = (lambda x, a: (x * x, a)), (lambda x, a: (x, product_of_whole_numbers(a)))
        return jax.lax.switch(choice, [plain, whole], x, a)

    def looped(a):
        return jax.lax.fori_loop(0, 5, lambda _, a: product_of_whole_numbers(a), a)

    whole = shape(3, 3, dtype=jnp.int8)
    assert count_operations(branched, shape(dtype=jnp.int32), shape(10), whole) == Operations(integer=2 * 27)
    assert count_operations(branched, shape(dtype=jnp.int32), shape(60), whole) == Operations(floating=60)
    assert count_operations(looped, whole) == Operations(integer=5 * 2 * 27)


def test_convolution_by_hand():
    def convolve(x, w):
        return jax.lax.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))

    # 8×8 outputs of 6 features, each 3×3×2 products and sums.
    assert count_flops(convolve, shape(1, 8, 8, 2), shape(3, 3, 2, 6)) == 8 * 8 * 6 * 2 * 3 * 3 * 2


def test_elementwise_and_reductions_by_hand():
    assert count_flops(lambda x: jnp.sum(x * x + 1), shape(10)) == 10 + 10 + 10
    assert count_flops(lambda x: x.T.reshape(-1), shape(10, 2)) == 0


def test_complex_operations_count_their_real_ones():
    assert count_flops(lambda x: x * x, shape(10, dtype=jnp.complex64)) == 60
    assert count_flops(lambda x: x + x, shape(10, dtype=jnp.complex64)) == 20
    assert count_flops(lambda a, b: a @ b, shape(2, 3, dtype=jnp.complex64), shape(3, 4, dtype=jnp.complex64)) == 8 * 24


def test_loop_bodies_are_multiplied_by_their_trip_count():
    def scanned(x, w):
        return jax.lax.scan(lambda h, _: (jnp.tanh(h @ w), None), x, None, length=20)[0]

    def unrolled(x, w):
        for _ in range(20):
            x = jnp.tanh(x @ w)
        return x

    arguments = (shape(4, 16), shape(16, 16))
    expected = 20 * (2 * 4 * 16 * 16 + 4 * 16)
    assert count_flops(scanned, *arguments) == count_flops(unrolled, *arguments) == expected
    # XLA's own count of the unrolled program agrees on the products (it counts tanh apart, as transcendental).
    analysis = jax.jit(unrolled).lower(*arguments).compile().cost_analysis()
    assert analysis is not None
    assert abs(analysis["flops"] - 20 * 2 * 4 * 16 * 16) <= 20 * 4 * 16 * 25


def test_gradient_of_a_network_by_hand():
    def loss(w1, w2, x):
        return jnp.sum(jax.nn.relu(x @ w1) @ w2)

    batch, a, b, c = 8, 10, 20, 5
    forward = 2 * batch * a * b + 2 * batch * b * c
    gradient = count_flops(jax.grad(loss, argnums=(0, 1)), shape(a, b), shape(b, c), shape(batch, a))
    # Each product comes back twice, but for the first, whose input takes no gradient.
    products = forward + 2 * (2 * batch * b * c) + 2 * batch * a * b - 2 * batch * b * c
    assert products <= gradient <= products + 2 * batch * b * c + 10 * batch * (b + c)


def test_custom_vjp_bodies_count():
    @jax.custom_vjp
    def cubed(x):
        return x * x * x

    cubed.defvjp(lambda x: (cubed(x), x), lambda x, g: (3 * x * x * g,))
    assert count_flops(cubed, shape(10)) == 20
    assert count_flops(jax.grad(lambda x: jnp.sum(cubed(x))), shape(10)) >= 20 + 30


def test_calls_inside_calls_count_once():
    assert count_flops(jax.jit(jax.checkpoint(jax.jit(lambda x: x * x))), shape(10)) == 10


def test_a_loop_that_data_decide_is_refused():
    for wanted, change in (
        (lambda y: y < 10, lambda y: y * 2),
        (lambda y: y * 2 < 10, lambda y: y),
        (lambda y: y * 2 < 10, lambda y: y * 2),
    ):
        with pytest.raises(Uncountable, match=r"^a while loop's trip count is not known before it runs$"):
            count_flops(lambda x, wanted=wanted, change=change: jax.lax.while_loop(wanted, change, x), shape())


def test_a_loop_that_only_counts_takes_no_operations():
    def counted(start):
        return jax.lax.while_loop(lambda i: i < 10, lambda i: i + 1, start)

    assert count_operations(counted, shape(dtype=jnp.int32)) == Operations()


def test_integer_products_are_counted_apart():
    def quantised(a, b, scale):
        return jax.lax.dot(a, b, preferred_element_type=jnp.int32).astype(jnp.float32) * scale

    arguments = (shape(5, 7, dtype=jnp.int8), shape(7, 3, dtype=jnp.int8), shape())
    assert count_operations(quantised, *arguments) == Operations(floating=15, integer=2 * 5 * 7 * 3)
    assert count_flops(quantised, *arguments) == 15
    assert count_operations(lambda i: i + 1, shape(10, dtype=jnp.int32)) == Operations()


@pytest.mark.parametrize("spikes", [jnp.bool_, jnp.int8, jnp.float32])
@pytest.mark.parametrize("weights_first", [False, True])
def test_a_product_with_floating_weights_is_a_floating_one(spikes, weights_first):
    def product(a, b):
        return jax.lax.dot_general(a, b, (((1,), (0,)), ((), ())), preferred_element_type=jnp.float32)

    shapes = [(5, 7), (7, 3)]
    dtypes = [jnp.float32, spikes] if weights_first else [spikes, jnp.float32]
    operands = [shape(*one, dtype=dtype) for one, dtype in zip(shapes, dtypes, strict=True)]
    assert count_operations(product, *operands) == Operations(floating=2 * 5 * 7 * 3)


def test_only_the_solution_of_a_linear_system_counts_once():
    # Not its matrix and the transposed system, which the same primitive holds for its derivative.
    def solve(diagonal, b):
        return jax.lax.custom_linear_solve(lambda x: diagonal * x, b, lambda _, b: b / diagonal, symmetric=True)

    assert count_flops(solve, shape(10), shape(10)) == 10


@pytest.mark.parametrize("devices", [1, 4])
def test_a_program_on_several_devices_counts_on_all(devices):
    mesh = jax.sharding.AbstractMesh((devices,), ("data",), axis_types=(jax.sharding.AxisType.Auto,))
    split, whole = jax.sharding.PartitionSpec("data"), jax.sharding.PartitionSpec()

    def summed(x):
        return jax.shard_map(lambda x: jax.lax.psum(x * x, "data"), mesh=mesh, in_specs=split, out_specs=whole)(x)

    given = jax.ShapeDtypeStruct((8,), jnp.float32, sharding=jax.sharding.NamedSharding(mesh, split))
    assert count_flops(summed, given) == 8 + 8


def test_a_program_that_is_split_along_one_axis_of_a_mesh_counts_along_that_axis():
    mesh = jax.sharding.AbstractMesh(
        (2, 3), ("data", "model"), axis_types=(jax.sharding.AxisType.Auto, jax.sharding.AxisType.Auto)
    )
    split = jax.sharding.PartitionSpec("data")

    def squared(x):
        return jax.shard_map(lambda x: x * x, mesh=mesh, in_specs=split, out_specs=split, axis_names={"data"})(x)

    # The other axis is the compiler's: eight numbers are squared, however it spreads them.
    assert count_flops(squared, shape(8)) == 8


def test_what_is_added_to_a_reference_counts_wherever_it_is_added():
    def added(place, x):
        numbers = jax.new_ref(jnp.zeros((5, 10)))
        jax.ref.addupdate(numbers, place, x)
        jax.ref.addupdate(numbers, 3, x)
        return jax.ref.freeze(numbers)

    assert count_flops(added, shape(dtype=jnp.int32), shape(10)) == 2 * 10


def test_a_pallas_kernel_is_multiplied_by_its_grid():
    def kernel(x, out):
        out[...] = x[...] * x[...] + 1

    block = pallas.BlockSpec((4,), lambda i: (i,))
    call = pallas.pallas_call(kernel, shape(12), grid=(3,), in_specs=[block], out_specs=block, interpret=True)
    assert count_flops(call, shape(12)) == 2 * 12


def test_a_pallas_kernel_whose_grid_data_decide_is_refused():
    def kernel(x, out):
        out[...] = x[...] * x[...]

    def call(count, x):
        return pallas.pallas_call(kernel, shape(12), grid=(count,), interpret=True)(x)

    with pytest.raises(Uncountable, match=r"^a pallas_call's grid is not known before it runs$"):
        count_flops(call, shape(dtype=jnp.int32), shape(12))


def test_a_map_with_a_transpose_of_its_own_counts_what_it_runs():
    def forward(x):
        return jnp.sin(x), x

    sine = with_tangent_map(
        jnp.sin,
        forward,
        lambda x, tangents: jnp.cos(x) * tangents[0],
        lambda x, cotangent: (jnp.cos(x) * cotangent * 2.0 / 2.0,),
    )

    def along(x):
        return jax.jvp(sine, (x,), (jnp.ones(10),))

    # The sine; then the cosine and its product, or these and what the transpose makes more of.
    assert count_flops(along, shape(10)) == 3 * 10
    assert count_flops(lambda x: jax.vjp(sine, x)[1](x), shape(10)) == 10 + 4 * 10
