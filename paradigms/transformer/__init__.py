"""A pre-norm transformer in Flax NNX: patch tokens for images and events, causal for text."""

from paradigms.transformer.blocks import each_block, joined_blocks
from paradigms.transformer.config import Config
from paradigms.transformer.paradigm import build
from paradigms.transformer.sizes import resized

__all__ = ["SMALLEST", "Config", "build", "each_block", "joined_blocks", "resized"]
SMALLEST = Config(width=8, heads=2, layers=1)
"""A configuration whose gradient compiles in a few seconds."""
