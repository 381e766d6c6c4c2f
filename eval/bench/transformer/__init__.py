"""``suite=transformer``: one update of a language model beside PyTorch, eager and compiled, on one thread and on two.

An update is the loss of a batch, its gradient, clipping by the global norm, and AdamW. Ours is the Trainer's own step,
which besides looks at every array for what is not finite, and at the accuracy. All start from the same parameters; loss
and norm of the gradient are held against each other. Freed memory stays with every process alike.
"""

from eval.bench.transformer.cases import run
from eval.bench.transformer.config import Config

__all__ = ["Config", "run"]
