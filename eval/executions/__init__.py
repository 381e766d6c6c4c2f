"""How many circuits, shots and seconds does a gradient take? (claim C2)"""

from eval.executions.config import Config
from eval.executions.figure import draw
from eval.executions.run import run
from eval.executions.verdict import verdicts
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
)
