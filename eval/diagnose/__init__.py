"""What a gradient of your own model costs and is worth, in a few lines of text.

Example::

    import jax.numpy as jnp, pennylane as qml
    from eval.diagnose import diagnose

    @qml.qnode(qml.device("default.qubit", wires=8))
    def circuit(weights):
        qml.StronglyEntanglingLayers(weights, wires=range(8))
        return qml.expval(qml.Z(0))

    print(diagnose(circuit, jnp.zeros((10, 8, 3))))

Whether the gradient vanishes with the number of qubits takes several sizes: of a function from a size to a QNode, its
parameters and what else it takes, ``print(diagnose(build, sizes=[4, 6, 8, 10]))``.

For any ``Paradigm`` (a model through ``paradigms.adapters``, or one of the project's), give a batch of inputs instead
of parameters: ``diagnose(paradigm, inputs)``. From the shell: ``python -m scripts.diagnose module:name``.
"""

from eval.diagnose.entry import diagnose
from eval.diagnose.finding import Diagnosis
from eval.diagnose.trend import Trend

__all__ = ["Diagnosis", "Trend", "diagnose"]
