"""A state split over four simulated devices along its leading qubits."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

PROGRAM = """
import json, sys
import jax
jax.config.update("jax_num_cpu_devices", 4)
import jax.numpy as jnp
import numpy as np
import pennylane as qml
from jax.sharding import AxisType, Mesh
from paradigms.vqc.circuit.ansatz import LAYERS
from paradigms.vqc.device import ScanQubit
from paradigms.vqc.circuit.repeated_layers import RepeatedLayers

QUBITS = 16
layer = LAYERS[sys.argv[1]]


def circuit(angles):
    RepeatedLayers(angles, wires=range(QUBITS), layer=layer)
    return qml.expval(qml.Z(0) @ qml.Z(7) + 0.3 * qml.X(15))


gradient = jax.value_and_grad(qml.QNode(circuit, ScanQubit(wires=QUBITS), interface="jax"))
angles = jnp.asarray(np.random.default_rng(0).uniform(-3, 3, (3, QUBITS, 3)), jnp.float32)


def results(devices):
    grid = np.array(jax.devices()[:devices]).reshape(1, devices)
    mesh = Mesh(grid, ("data", "model"), axis_types=(AxisType.Auto,) * 2)
    with jax.set_mesh(mesh):
        compiled = jax.jit(gradient).lower(angles).compile()
    value, slope = compiled(angles)
    temp = compiled.memory_analysis().temp_size_in_bytes
    return {"value": float(value), "slope": np.asarray(slope).tolist(), "temp": temp}


print(json.dumps([results(1), results(4)]))
"""


@pytest.mark.parametrize("ansatz", ["hardware_efficient", "strongly_entangling"])
def test_four_devices_give_the_results_of_one(ansatz):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, ansatz], check=True, timeout=300, capture_output=True, text=True
    )
    alone, together = json.loads(done.stdout.splitlines()[-1])
    np.testing.assert_allclose(together["value"], alone["value"], atol=1e-5)
    np.testing.assert_allclose(together["slope"], alone["slope"], atol=1e-5)
    if ansatz == "hardware_efficient":
        # Moves of amplitudes between devices are gathered whole; without them every device holds its share.
        assert together["temp"] < 0.5 * alone["temp"]
