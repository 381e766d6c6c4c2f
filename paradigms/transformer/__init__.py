"""A pre-norm transformer in Flax NNX: patch tokens for images and events, causal for text."""

from paradigms.transformer.config import Config
from paradigms.transformer.paradigm import build

__all__ = ["Config", "build"]
