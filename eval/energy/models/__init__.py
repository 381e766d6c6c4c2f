"""Energy models, a module each; what they charge a network is asked for by name."""

from eval.energy.models.charge import MODELS, energy

__all__ = ["MODELS", "energy"]
