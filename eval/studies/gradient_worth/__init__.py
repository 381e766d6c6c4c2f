"""Claim C0: what is a gradient worth: the cost of an accuracy, and the signal in a gradient, by paradigm?"""

from eval.studies.gradient_worth.config import Config
from eval.studies.gradient_worth.figure import draw
from eval.studies.gradient_worth.measure import run
from eval.studies.gradient_worth.models import require_served
from eval.studies.gradient_worth.panels import PANELS
from eval.studies.gradient_worth.rows import KINDS
from eval.studies.gradient_worth.verdict import verdicts
from eval.study import Study

STUDY = Study(
    name="gradient_worth",
    question="What does an accuracy cost that only networks reach, and how much of a gradient is signal?",
    claims=("C0",),
    config=Config,
    run=run,
    verdicts=verdicts,
    draw=draw,
    timed=True,
    panels=PANELS,
    kinds=KINDS,
    ready=require_served,
)
