"""Statements and claims of a report, made by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from eval.claims.bounds import Bounds
from eval.report.sections import ClaimSection, StatementSection

STATEMENT = StatementSection(
    name="pauli_rotations", text="It takes 2N circuits.", regime="for rotations", claim="for", argument="for",
    statistic="count", holds=Bounds.below(3.0), thresholds={}, least_data="one", chosen_after=None, study="executions",
    outcome="holds", found="It takes 2.0 [1.9, 2.1] circuits.", quantity="circuits", value=2.0, low=1.9, high=2.1,
    margin=1.0, margin_low=0.9, margin_high=1.1, needed=None, speaks="for", preset="quick", directory="runs",
)  # fmt: skip
CLAIM = ClaimSection(
    id="C2", title="Shifts & more", text="A rule", source="a paper", question="How many?", answer=(), sure=(),
    changes=(), statistic="count", literature="2N", line="", limits=(), unmeasured=None, commands=(), statements=(),
    regimes={}, conditions=(), context=(), beside=(), studies=(),
)  # fmt: skip


def statement(**changes: Any) -> StatementSection:
    """One statement."""
    return replace(STATEMENT, **changes)


def claim(*statements: StatementSection) -> ClaimSection:
    """A claim of these statements."""
    return replace(CLAIM, statements=statements)
