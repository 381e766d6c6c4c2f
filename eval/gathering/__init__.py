"""The runs of a sweep side by side: a row per run, and a figure of what was set and what came of it."""
