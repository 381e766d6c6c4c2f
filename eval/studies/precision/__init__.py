"""Claim C8: does a quantised network match a spiking network's precision at lower cost?"""

from eval.studies.precision.config import Config
from eval.studies.precision.figure import draw
from eval.studies.precision.measure import run
from eval.studies.precision.panels import PANELS
from eval.studies.precision.rows import KINDS
from eval.studies.precision.verdict import verdicts
from eval.study import Study

STUDY = Study(
    name="precision",
    question="Which of the two reaches an accuracy with less energy, a quantised or a spiking network?",
    claims=("C8",),
    config=Config,
    run=run,
    verdicts=verdicts,
    draw=draw,
    panels=PANELS,
    kinds=KINDS,
)
