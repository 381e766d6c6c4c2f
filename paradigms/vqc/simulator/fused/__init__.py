"""What one layer of a circuit does to the register: a short list of stages, each unitary and easily undone."""

from paradigms.vqc.simulator.fused.diagonal import Phase
from paradigms.vqc.simulator.fused.gate import Numbers, Stage
from paradigms.vqc.simulator.fused.matrix import Block
from paradigms.vqc.simulator.fused.permutation import Movement

__all__ = ["Block", "Movement", "Numbers", "Phase", "Stage"]
