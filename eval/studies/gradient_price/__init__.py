"""Claim C1: what does a gradient cost beside its forward pass, in every paradigm, as parameters grow in number?"""

from eval.studies.gradient_price.config import Config
from eval.studies.gradient_price.figure import draw
from eval.studies.gradient_price.findings import sentences
from eval.studies.gradient_price.measure import require_served, run
from eval.studies.gradient_price.panels import PANELS
from eval.studies.gradient_price.rows import (
    DeviceProjection,
    Exponent,
    Finding,
    GradientPrice,
    HardwareProjection,
    TargetPrice,
    UnavailableGradient,
)
from eval.studies.gradient_price.verdict import verdicts
from eval.study import Study

STUDY = Study(
    name="gradient_price",
    question="What does a gradient cost beside the forward pass, as the number of parameters grows?",
    claims=("C1",),
    config=Config,
    run=run,
    verdicts=verdicts,
    draw=draw,
    timed=True,
    steady=True,
    ready=require_served,
    findings=sentences,
    panels=PANELS,
    kinds=(GradientPrice, UnavailableGradient, Exponent, Finding, DeviceProjection, HardwareProjection, TargetPrice),
)
