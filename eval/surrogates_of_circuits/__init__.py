"""Classical surrogates: is what escapes the barren plateau simulated by truncated Pauli propagation? (claim C4)"""

from eval.study import Study
from eval.surrogates_of_circuits.config import Config
from eval.surrogates_of_circuits.figure import draw
from eval.surrogates_of_circuits.measure import run
from eval.surrogates_of_circuits.verdict import verdicts

STUDY = Study(
    name="surrogates_of_circuits",
    question="Where gradients do not vanish, does a classical machine simulate the circuit?",
    claims=("C4",),
    config=Config,
    run=run,
    verdicts=verdicts,
    draw=draw,
    timed=True,
)
