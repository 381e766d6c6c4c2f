"""Claims C11 and C12: what computing at inference is worth, and where it ends."""

from eval.studies.inference.config import Config
from eval.studies.inference.figure import draw
from eval.studies.inference.measure import run
from eval.studies.inference.models import ANSWERS, MODELS
from eval.studies.inference.panels import PANELS
from eval.studies.inference.pretrained import require_pretrained
from eval.studies.inference.rows import KINDS
from eval.studies.inference.verdict import verdicts
from eval.study import Study
from training.run.allocator import SHARED

STUDY = Study(
    name="inference",
    question="Does a small model that searches solve more than one 14 times its size that does not?",
    claims=("C11", "C12"),
    config=Config,
    run=run,
    verdicts=verdicts,
    draw=draw,
    panels=PANELS,
    kinds=KINDS,
    folders=(MODELS, ANSWERS),
    grows="seeds",
    ready=require_pretrained,
    together=("task", "training_seed"),
    keeps_programs=True,
    allocator=SHARED,  # it trains transformers alone
)
