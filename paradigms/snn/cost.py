"""Dense arithmetic of a spiking network, from its structure alone."""

from __future__ import annotations

from paradigms.interface import Cost, Work
from paradigms.snn.config import Config
from paradigms.snn.network import Network
from paradigms.snn.reading import Reading
from paradigms.snn.rules.rule import Products


def cost(config: Config, how: Reading, network: Network) -> Cost:
    """Count the multiply-accumulates of one example's products; the neurons' own updates are not counted.

    Every population is driven by a product at each step, the first of a constant input once in all. A gradient takes
    the forward pass and, for every product, as much again for each operand that it passes to: the weights and what
    came before them, but not the input. Rules that recompute repeat the forward pass within the time loop; the
    read-out's product of a segment that is recomputed is needed only where its decay is learned. A layer's product with
    its own spikes is taken as often as the rule says (``recurrent_passes``): ``packed`` and ``compact`` recompute the
    layer's steps beside what else they recompute, and the rules without a gradient through time pass none to the spikes
    of the step before.
    """
    steps = how.time_steps
    populations = network.populations(how.encoding.binary)
    first, *others = populations
    readout = network.readout_connection.macs * steps
    constant = how.encoding.constant
    driven = first.macs if constant else steps * first.macs
    inside = sum(population.macs * steps for population in others)
    recurrent = sum(population.recurrent_macs * steps for population in populations)
    forward = driven + inside + recurrent + readout
    gradient = forward + driven + 2 * (inside + recurrent + readout)
    repeated = inside + recurrent + (0 if constant else driven) + (readout if config.learn_decay else 0)
    gradient += config.rule.extra_work(Products(inside, recurrent, repeated))
    return Cost(forward=Work(macs=forward, time_steps=steps), gradient=Work(macs=gradient, time_steps=steps))
