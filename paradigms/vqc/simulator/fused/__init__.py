"""What one layer of a circuit does to the register: a few fused gates, each unitary and easily undone."""

from paradigms.vqc.simulator.fused.diagonal import FusedDiagonal
from paradigms.vqc.simulator.fused.gate import FusedGate, GateParameters
from paradigms.vqc.simulator.fused.matrix import FusedMatrix
from paradigms.vqc.simulator.fused.permutation import FusedPermutation

__all__ = ["FusedDiagonal", "FusedGate", "FusedMatrix", "FusedPermutation", "GateParameters"]
