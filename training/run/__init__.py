"""The directory of a run: what a run leaves there, who may use it, and how a run goes on from it."""
