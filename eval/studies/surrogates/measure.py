"""Every point of the study: the bias and the training of each surrogate."""

from __future__ import annotations

import functools

from eval.recorder import Recorder
from eval.rows import Row
from eval.studies.surrogates import bias, training
from eval.studies.surrogates.config import Config
from eval.studies.surrogates.rows import Bias, Training


def run(config: Config, recorder: Recorder) -> list[Row]:
    """Measure every surrogate through the recorder.

    Args:
        config: The settings of the study.
        recorder: What keeps the points that are measured.

    Returns:
        The table: a bias per noise level, surrogate and kind of network, and a training per surrogate and seed.
    """
    rows: list[Row] = []
    for noise in config.noise_levels:
        rows += recorder.measure({"part": Bias.part, "noise": noise}, functools.partial(bias.measure, noise, config))
    for shape in config.shapes:
        for width in config.widths:
            point = {"part": Training.part, "shape": shape, "width": width}
            rows += recorder.measure(point, functools.partial(training.measure, shape, width, config))
    return rows
