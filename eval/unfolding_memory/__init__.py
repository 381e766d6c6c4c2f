"""What does unfolding in time cost a spiking network, in memory and in time? (claim C6)"""

from eval.study import Study
from eval.unfolding_memory.config import Config
from eval.unfolding_memory.figure import draw
from eval.unfolding_memory.run import run
from eval.unfolding_memory.verdict import verdicts

STUDY = Study(
    name="unfolding_memory",
    question="What does unfolding in time cost in memory and seconds, and is it spiking or recurrence that costs?",
    claims=("C6",),
    config=Config,
    run=run,
    verdicts=verdicts,
    draw=draw,
    timed=True,
)
