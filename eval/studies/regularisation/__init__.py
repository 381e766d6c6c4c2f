"""Claim C5: do regularisers make quantum circuits generalise?"""

from eval.studies.regularisation.config import Config
from eval.studies.regularisation.figure import draw
from eval.studies.regularisation.measure import run
from eval.studies.regularisation.panels import PANELS
from eval.studies.regularisation.rows import Run
from eval.studies.regularisation.verdict import verdicts
from eval.study import Study

STUDY = Study(
    name="regularisation",
    question="Do gate dropout, L2, layerwise training, early stopping or noise make a circuit generalise better?",
    claims=("C5",),
    config=Config,
    run=run,
    verdicts=verdicts,
    draw=draw,
    panels=PANELS,
    kinds=(Run,),
)
