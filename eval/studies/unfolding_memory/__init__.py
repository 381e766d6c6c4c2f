"""Claim C6: what does unfolding in time cost a spiking network, in memory and in time?"""

from eval.studies.unfolding_memory.config import Config
from eval.studies.unfolding_memory.figure import draw
from eval.studies.unfolding_memory.measure import run
from eval.studies.unfolding_memory.panels import PANELS
from eval.studies.unfolding_memory.rows import KINDS
from eval.studies.unfolding_memory.verdict import verdicts
from eval.study import Study

STUDY = Study(
    name="unfolding_memory",
    question="What does unfolding in time cost in memory and seconds, and is it spiking or recurrence that costs?",
    claims=("C6",),
    config=Config,
    run=run,
    verdicts=verdicts,
    draw=draw,
    timed=True,
    panels=PANELS,
    kinds=KINDS,
)
