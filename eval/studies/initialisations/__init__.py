"""Claim C4: do other initial angles, or shallow local circuits, keep gradients from vanishing?"""

from eval.studies.initialisations.config import Config
from eval.studies.initialisations.figure import draw
from eval.studies.initialisations.measure import run
from eval.studies.initialisations.panels import PANELS
from eval.studies.initialisations.rows import Look, Variance
from eval.studies.initialisations.verdict import verdicts
from eval.study import Study

STUDY = Study(
    name="initialisations",
    question="Do other initial angles, or shallow circuits with local costs, keep gradients from vanishing?",
    claims=("C4",),
    config=Config,
    run=run,
    verdicts=verdicts,
    draw=draw,
    panels=PANELS,
    kinds=(Variance, Look),
)
