"""Benchmarks, one module a suite: ``Config``, and ``run`` which yields tables, as they are measured.

``run(config)``, or ``run(paradigm, task, config)`` where the suite's settings hold a paradigm and a task. A table is a
list of rows of one kind (``eval.rows``). ``ENVIRONMENTS`` lists where other libraries run, of a suite in which some
take part.
"""
