"""Benchmarks, one module a suite: ``Config``, and ``run`` which yields tables of flat rows, as they are measured.

``run(config)``, or ``run(paradigm, task, config)`` where the suite's settings hold a paradigm and a task.
"""
