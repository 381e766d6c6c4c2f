"""Every network and every check through the recorder."""

from __future__ import annotations

import functools

from eval.recorder import Recorder, Row
from eval.studies.bandwidth import measure
from eval.studies.bandwidth.config import Config

LONGEST_CODE = 16
"""Steps up to which all trains are summed over to know a code's information."""


def run(config: Config, recorder: Recorder) -> list[Row]:
    """Parts ``spiking``, ``rectified`` and ``known``."""
    rows: list[Row] = []
    for code in ("driven", "rate", "timing"):
        for encoding in config.encodings:
            trials = measure.trials_presented(encoding, config)
            for steps in config.time_steps:
                if code == "driven" or steps <= LONGEST_CODE:
                    point = {"part": "known", "code": code, "time_steps": steps, "trials": trials}
                    rows += recorder.measure(point, functools.partial(measure.calibrate, code, steps, trials, config))
    rows += recorder.measure({"part": "rectified"}, functools.partial(measure.measure_rectified, config))
    for neuron in config.neurons:
        for encoding in config.encodings:
            for steps in config.time_steps:
                point = {"part": "spiking", "neuron": neuron, "encoding": encoding, "time_steps": steps}
                function = functools.partial(measure.measure_spiking, neuron, encoding, steps, config)
                rows += recorder.measure(point, function)
    return rows
