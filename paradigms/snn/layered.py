"""Settings of a network whose layers are not all of one kind, as a graph from elsewhere may be."""

from __future__ import annotations

from dataclasses import dataclass, field

from paradigms.interface import require
from paradigms.snn.config import Config
from paradigms.snn.connections.pooling import Pair, Window
from paradigms.snn.neurons.populations import NEURONS


@dataclass(frozen=True)
class Kernel:
    """The kernel of a convolution, rows before columns.

    Attributes:
        size: The number of weights along each axis.
        stride: Pixels between two applications.
        padding: Rows of zeros above and below, columns left and right; ``None`` for as many as keep the size of images
            where ``stride`` is 1.
        dilation: Pixels between two weights.
        groups: The number of groups of channels; an output channel reads the input channels of its own group alone.
    """

    size: Pair
    stride: Pair = (1, 1)
    padding: tuple[Pair, Pair] | None = None
    dilation: Pair = (1, 1)
    groups: int = 1


@dataclass(frozen=True)
class LayerConfig:
    """Settings of one layer.

    Attributes:
        size: The number of its neurons, or of a convolution's channels.
        neuron: The kind of its neurons, as in :class:`paradigms.snn.config.Config`.
        recurrent: Whether they receive their own spikes of the step before.
        kernel: The kernel of a convolution; ``None`` for a dense layer.
        rest: Whether a constant current drives the membranes of ``synaptic`` neurons, as a leak potential
            other than 0 does.
        pool: The side of the squares over which spikes are pooled.
        sums: Windows over which spikes are summed instead; ``None`` for none.
    """

    size: int
    neuron: str
    recurrent: bool = False
    kernel: Kernel | None = None
    rest: bool = False
    pool: int = 1
    sums: Window | None = None


@dataclass(frozen=True)
class LayeredConfig(Config):
    """Settings that say of each layer what :class:`Config` says of all.

    ``architecture`` says what is read, images where the first layer is a convolution, and ``hidden`` lists the sizes;
    ``kernel``, ``pool``, ``neuron`` and ``recurrent`` are not used.

    Attributes:
        layers: The layers from the input to the read-out.

    Raises:
        Unsupported: A value is out of its range, or settings do not go together.
    """

    layers: tuple[LayerConfig, ...] = field(default=(), kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        sizes = tuple(layer.size for layer in self.layers)
        require(self.hidden == sizes, f"hidden={list(self.hidden)} must list the sizes of the layers, {list(sizes)}")
        for index, layer in enumerate(self.layers):
            require(
                layer.neuron in NEURONS,
                f"layer {index} is of neuron={layer.neuron}, which is no neuron here",
            )
            require(
                not layer.rest or layer.neuron == "synaptic",
                f"layer {index} has a current at rest and neuron={layer.neuron}; of others than synaptic it is a bias",
            )
        require(
            not self.longest_delay,
            f"paradigm.longest_delay={self.longest_delay} is for layers of one kind; leave it 0 here",
        )
