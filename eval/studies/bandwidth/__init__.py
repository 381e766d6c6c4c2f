"""Claim C10: how many bits does a spiking neuron carry in T steps, and does it use the timing of its spikes?"""

from eval.studies.bandwidth.config import Config
from eval.studies.bandwidth.figure import draw
from eval.studies.bandwidth.measure import run
from eval.studies.bandwidth.panels import PANELS
from eval.studies.bandwidth.rows import KINDS
from eval.studies.bandwidth.verdict import verdicts
from eval.study import Study

STUDY = Study(
    name="bandwidth",
    question="How many bits does a neuron of a trained spiking network carry in T steps, and are any in the timing?",
    claims=("C10",),
    config=Config,
    run=run,
    verdicts=verdicts,
    draw=draw,
    panels=PANELS,
    kinds=KINDS,
)
