"""What suites share that time other libraries and ours in one run: who takes part, its process, limits and turns."""
