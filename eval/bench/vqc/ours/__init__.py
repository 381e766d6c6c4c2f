"""Our own implementations, each a file that ``eval/peers/worker.py`` serves under the running interpreter."""
