"""Every surrogate through the recorder."""

from __future__ import annotations

import functools

from eval.recorder import Recorder, Row
from eval.studies.surrogates import bias, training
from eval.studies.surrogates.config import Config


def run(config: Config, recorder: Recorder) -> list[Row]:
    """Part ``bias``: a row a noise level, surrogate and network; part ``training``: a row a surrogate and seed."""
    rows: list[Row] = []
    for noise in config.noise_levels:
        rows += recorder.measure({"part": "bias", "noise": noise}, functools.partial(bias.measure, noise, config))
    for shape in config.shapes:
        for width in config.widths:
            point = {"part": "training", "shape": shape, "width": width}
            rows += recorder.measure(point, functools.partial(training.measure, shape, width, config))
    return rows
