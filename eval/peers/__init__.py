"""Other libraries, each in a virtual environment of its own and timed as a subprocess.

``worker.py`` and the files of ``snn/``, ``vqc/`` and ``nir/`` run in those environments and import nothing of the
project, nor each other; ``environments.py`` and ``process.py`` are this side of the pipe.
"""
