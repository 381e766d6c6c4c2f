"""Every point of the study: the bias and the training of each surrogate."""

from __future__ import annotations

import functools

from eval.recorder import Recorder, Row
from eval.studies.surrogates import bias, training
from eval.studies.surrogates.config import Config


def run(config: Config, recorder: Recorder) -> list[Row]:
    """Measure every surrogate through the recorder.

    Args:
        config: The settings of the study.
        recorder: What keeps the points that are measured.

    Returns:
        The table: in the part ``bias`` a row per noise level, surrogate and kind of network, in the part ``training`` a
        row per surrogate and seed.
    """
    rows: list[Row] = []
    for noise in config.noise_levels:
        rows += recorder.measure({"part": "bias", "noise": noise}, functools.partial(bias.measure, noise, config))
    for shape in config.shapes:
        for width in config.widths:
            point = {"part": "training", "shape": shape, "width": width}
            rows += recorder.measure(point, functools.partial(training.measure, shape, width, config))
    return rows
