"""Intervals, laws of growth and tests of what studies have measured."""
