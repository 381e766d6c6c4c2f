"""A pre-norm transformer in Flax NNX: patch tokens for images and events, causal for text."""

from paradigms.transformer.blocks import each_block
from paradigms.transformer.config import Config
from paradigms.transformer.paradigm import build

__all__ = ["Config", "build", "each_block"]
