"""Gradients as quantum hardware would take them: by parameter shift, and how many circuits that executes."""
