"""An interpreter of NIR graphs, one forward Euler step at a time, in float64; it knows nothing of the project."""

from __future__ import annotations

from dataclasses import replace

import nir
import numpy as np


def _reaches(start: str, goal: str, edges: list) -> bool:
    seen, waiting = set(), [start]
    while waiting:
        at = waiting.pop()
        if at == goal:
            return True
        if at not in seen:
            seen.add(at)
            waiting += [b for a, b in edges if a == at]
    return False


def _correlate(x: np.ndarray, node: nir.Conv2d) -> np.ndarray:
    """``[batch, channels, height, width]``, by the definition; a group after the other."""
    if node.groups > 1:
        weights, biases = np.split(node.weight, node.groups), np.split(node.bias, node.groups)
        parts = [
            _correlate(part, replace(node, input_shape=None, weight=weight, bias=bias, groups=1))
            for part, weight, bias in zip(np.split(x, node.groups, axis=1), weights, biases, strict=True)
        ]
        return np.concatenate(parts, axis=1)
    out, _, rows, columns = node.weight.shape
    (down, right), (d, e) = node.stride, node.dilation
    reach = (d * (rows - 1), e * (columns - 1))
    if isinstance(node.padding, str):
        total = reach if node.padding == "same" else (0, 0)
        around = [(t // 2, t - t // 2) for t in total]
    else:
        around = [(int(p), int(p)) for p in node.padding]
    padded = np.pad(x, ((0, 0), (0, 0), *around))
    height, width = (padded.shape[2] - reach[0] - 1) // down + 1, (padded.shape[3] - reach[1] - 1) // right + 1
    result = np.zeros((x.shape[0], out, height, width))
    for i in range(height):
        for j in range(width):
            y, z = i * down, j * right
            patch = padded[:, :, y : y + reach[0] + 1 : d, z : z + reach[1] + 1 : e]
            result[:, :, i, j] = np.tensordot(patch, node.weight.astype(float), axes=([1, 2, 3], [1, 2, 3]))
    return result + node.bias.astype(float)[:, None, None]


def _pool_sum(x: np.ndarray, node: nir.SumPool2d | nir.AvgPool2d) -> np.ndarray:
    (rows, columns), (down, right) = node.kernel_size, node.stride
    x = np.pad(x, ((0, 0), (0, 0), *((int(p), int(p)) for p in node.padding)))
    height, width = (x.shape[2] - rows) // down + 1, (x.shape[3] - columns) // right + 1
    result = np.zeros((*x.shape[:2], height, width))
    for i in range(height):
        for j in range(width):
            result[:, :, i, j] = x[:, :, i * down : i * down + rows, j * right : j * right + columns].sum((2, 3))
    return result


def _fire(v: np.ndarray, node, reset: str) -> tuple[np.ndarray, np.ndarray]:
    z = (v > node.v_threshold).astype(float)
    return z, v - z * node.v_threshold if reset == "subtract" else np.where(z == 1, node.v_reset, v)


def _node_step(node, x: np.ndarray, state: list, dt: float, reset: str) -> np.ndarray:
    """Output of one node; its state is changed in place."""
    if isinstance(node, nir.Input | nir.Output):
        return x
    if isinstance(node, nir.Linear):
        return x @ node.weight.T.astype(float)
    if isinstance(node, nir.Affine):
        return x @ node.weight.T.astype(float) + node.bias.astype(float)
    if isinstance(node, nir.Conv2d):
        return _correlate(x, node)
    if isinstance(node, nir.SumPool2d):
        return _pool_sum(x, node)
    if isinstance(node, nir.AvgPool2d):
        return _pool_sum(x, node) / np.prod(node.kernel_size)
    if isinstance(node, nir.Threshold):
        return (x > node.threshold).astype(float)
    if isinstance(node, nir.Flatten):
        return x.reshape(len(x), -1)
    v, i = state if state else (0.0, 0.0)
    if isinstance(node, nir.IF):
        z, v = _fire(v + dt * node.r * x, node, reset)
    elif isinstance(node, nir.LIF):
        z, v = _fire(v + dt / node.tau * (node.v_leak - v + node.r * x), node, reset)
    elif isinstance(node, nir.CubaLIF):
        i = i + dt / node.tau_syn * (-i + node.w_in * x)
        z, v = _fire(v + dt / node.tau_mem * (node.v_leak - v + node.r * i), node, reset)
    elif isinstance(node, nir.LI):
        z = v = v + dt / node.tau * (node.v_leak - v + node.r * x)
    else:
        raise TypeError(type(node))
    state[:] = [v, i]
    return z


def interpret(graph: nir.NIRGraph, inputs: np.ndarray, dt: float, reset: str) -> dict[str, np.ndarray]:
    """What every node puts out at every step ``[time, batch, ...]``; an edge that closes a loop takes one step."""
    stateful = (nir.IF, nir.LIF, nir.CubaLIF)
    delayed = {(a, b) for a, b in graph.edges if isinstance(graph.nodes[b], stateful) and _reaches(b, a, graph.edges)}
    states = {name: [] for name in graph.nodes}
    # From neurons that have not fired a loop's Affine gives its bias.
    before = {a: graph.nodes[a].bias for a, _ in delayed if isinstance(graph.nodes[a], nir.Affine)}
    record = {name: [] for name in graph.nodes}
    (entry,) = (name for name, node in graph.nodes.items() if isinstance(node, nir.Input))
    for x in inputs:
        now = {entry: x}
        while len(now) < len(graph.nodes):
            for name, node in graph.nodes.items():
                sources = [a for a, b in graph.edges if b == name]
                if name in now or any(a not in now for a in sources if (a, name) not in delayed):
                    continue
                drive = sum(before.get(a, 0.0) if (a, name) in delayed else now[a] for a in sources)
                now[name] = _node_step(node, drive, states[name], dt, reset)
        before = now
        for name in record:
            record[name].append(now[name])
    return {name: np.stack(values) for name, values in record.items()}
