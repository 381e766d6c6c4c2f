"""Barren plateaus (claim C3): the variance of a gradient component against qubits, depth, cost, noise and ansatz."""

from eval.studies.barren_plateaus.config import Config
from eval.studies.barren_plateaus.figure import draw
from eval.studies.barren_plateaus.measure import run
from eval.studies.barren_plateaus.panels import PANELS
from eval.studies.barren_plateaus.rows import KINDS
from eval.studies.barren_plateaus.verdict import verdicts
from eval.study import Study

STUDY = Study(
    name="barren_plateaus",
    question="How fast do the gradients of a variational circuit vanish with its qubits, and when do they not?",
    claims=("C3",),
    config=Config,
    run=run,
    verdicts=verdicts,
    draw=draw,
    panels=PANELS,
    kinds=KINDS,
)
