"""Claim C9: do spiking networks lose long-range dependencies, and is it the spikes or the leak?"""

from eval.studies.long_range.config import Config
from eval.studies.long_range.figure import draw
from eval.studies.long_range.measure import run
from eval.studies.long_range.panels import PANELS
from eval.studies.long_range.rows import Run
from eval.studies.long_range.verdict import verdicts
from eval.study import Study

STUDY = Study(
    name="long_range",
    question="Do spiking networks lose long-range dependencies, and is it the spikes or the leak that loses them?",
    claims=("C9",),
    config=Config,
    run=run,
    verdicts=verdicts,
    draw=draw,
    panels=PANELS,
    kinds=(Run,),
)
