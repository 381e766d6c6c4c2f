"""The panels of the figure: what a gradient costs, and what it is worth."""
