"""Other libraries, each in a virtual environment of its own and timed as a subprocess.

``worker.py``, the implementations beside it (``vqc_*.py``, ``snn_*.py``) and ``snn_case.py`` run in those environments
and import nothing of the project; ``environments.py`` and ``process.py`` are this side of the pipe.
"""
