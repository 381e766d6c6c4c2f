"""Claim C4: classical surrogates: is what escapes the barren plateau simulated by truncated Pauli propagation?"""

from eval.studies.surrogates_of_circuits.config import Config
from eval.studies.surrogates_of_circuits.figure import draw
from eval.studies.surrogates_of_circuits.measure import run
from eval.studies.surrogates_of_circuits.panels import PANELS
from eval.studies.surrogates_of_circuits.rows import Simulation
from eval.studies.surrogates_of_circuits.verdict import verdicts
from eval.study import Study

STUDY = Study(
    name="surrogates_of_circuits",
    question="Where gradients do not vanish, does a classical machine simulate the circuit?",
    claims=("C4",),
    config=Config,
    run=run,
    verdicts=verdicts,
    draw=draw,
    timed=True,
    panels=PANELS,
    kinds=(Simulation,),
)
