"""Claim C7: where, exactly, do spikes need less energy than quantised activations?"""

from eval.studies.energy.config import Config
from eval.studies.energy.figure import draw
from eval.studies.energy.measure import run
from eval.studies.energy.panels import PANELS
from eval.studies.energy.rows import KINDS
from eval.studies.energy.verdict import verdicts
from eval.study import Study

STUDY = Study(
    name="energy",
    question="At which spike rate do trained spiking networks need less energy than quantised ones of their accuracy?",
    claims=("C7",),
    config=Config,
    run=run,
    verdicts=verdicts,
    draw=draw,
    panels=PANELS,
    kinds=KINDS,
)
