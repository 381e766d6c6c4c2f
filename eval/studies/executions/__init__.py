"""Claim C2: how many circuits, shots and seconds does a gradient take?"""

from eval.studies.executions.config import Config
from eval.studies.executions.figure import draw
from eval.studies.executions.measure import run
from eval.studies.executions.panels import PANELS
from eval.studies.executions.rows import KINDS
from eval.studies.executions.verdict import verdicts
from eval.study import Study

STUDY = Study(
    name="executions",
    question="How many circuit executions, shots and seconds does one gradient take, against the number of parameters?",
    claims=("C2",),
    config=Config,
    run=run,
    verdicts=verdicts,
    draw=draw,
    timed=True,
    panels=PANELS,
    kinds=KINDS,
)
