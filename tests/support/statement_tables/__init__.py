"""Synthetic tables that bring every statement of every claim to hold, to fail and to stay undecided.

A module per study has ``TABLES``: ``claim.statement -> outcome -> (rows, configuration)``.
"""
