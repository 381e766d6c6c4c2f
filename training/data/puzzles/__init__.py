"""Puzzles: problems in words of a small vocabulary, drawn by a program, whose answers a program checks."""
