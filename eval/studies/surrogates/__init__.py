"""No claim turns on it: what do the shape and the width of a surrogate derivative change?"""

from eval.studies.surrogates.config import Config
from eval.studies.surrogates.figure import draw
from eval.studies.surrogates.measure import run
from eval.studies.surrogates.panels import PANELS
from eval.studies.surrogates.rows import KINDS
from eval.studies.surrogates.verdict import sentences, verdicts
from eval.study import Study

STUDY = Study(
    name="surrogates",
    question="How noisy, biased and useful is the gradient through a spike, by the surrogate's shape and width?",
    claims=(),
    config=Config,
    run=run,
    verdicts=verdicts,
    draw=draw,
    findings=sentences,
    panels=PANELS,
    kinds=KINDS,
)
