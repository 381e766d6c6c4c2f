"""Operations counted on the jaxpr, against hand counts and XLA's own count of an unrolled program."""

import jax
import jax.numpy as jnp
import pytest

from training.probes.flops import Uncountable, count_flops


def shape(*dimensions, dtype=jnp.float32):
    return jax.ShapeDtypeStruct(dimensions, dtype)


def test_matrix_product_by_hand():
    assert count_flops(lambda a, b: a @ b, shape(5, 7), shape(7, 3)) == 2 * 5 * 7 * 3
    assert count_flops(lambda a, b: jnp.einsum("bij,bjk->bik", a, b), shape(4, 5, 7), shape(4, 7, 3)) == 4 * 210


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
    with pytest.raises(Uncountable, match="trip count"):
        count_flops(lambda x: jax.lax.while_loop(lambda y: y < 10, lambda y: y * 2, x), shape())
