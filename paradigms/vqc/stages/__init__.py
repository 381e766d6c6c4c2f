"""What one layer of a circuit does to the register: a short list of stages, each unitary and easily undone."""

from paradigms.vqc.stages.block import Block
from paradigms.vqc.stages.movement import Movement
from paradigms.vqc.stages.phase import Phase
from paradigms.vqc.stages.stage import Numbers, Stage

__all__ = ["Block", "Movement", "Numbers", "Phase", "Stage"]
