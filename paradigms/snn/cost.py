"""Dense arithmetic of a spiking network, from its sizes alone."""

from __future__ import annotations

from itertools import pairwise

from paradigms.interface import Cost, Work
from paradigms.snn.config import Config
from paradigms.snn.reading import Reading


def cost(config: Config, how: Reading, outputs: int) -> Cost:
    """Multiply-accumulates of the matrix products of one example; the neurons' own updates are not counted.

    A connection takes ``sources x targets`` at each step, the first of a constant input once in all. A gradient takes
    the forward pass, for every connection as much again for its weights, and for all but the first as much again for
    the neurons before it. ``checkpointed`` repeats the forward pass of every step but not what lies before the loop
    or is read by no derivative: the first product of a constant input, and the read-out's where its decay is fixed.
    """
    time_steps = how.time_steps
    sizes = (how.channels, *config.hidden, outputs)
    products = [sources * targets * time_steps for sources, targets in pairwise(sizes)]
    if how.encoding.constant:
        products[0] //= time_steps
    forward = sum(products)
    gradient = 3 * forward - products[0]
    if config.differentiation == "checkpointed":
        gradient += sum(products[1:-1])
        gradient += 0 if how.encoding.constant else products[0]
        gradient += products[-1] if config.learn_decay else 0
    return Cost(forward=Work(macs=forward, time_steps=time_steps), gradient=Work(macs=gradient, time_steps=time_steps))
