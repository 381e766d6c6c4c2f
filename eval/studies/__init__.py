"""The studies: each is a folder that measures what decides its claims, and is known by its name alone."""

import pkgutil

NAMES = tuple(sorted(found.name for found in pkgutil.iter_modules(__path__) if found.ispkg))
"""The name of every study: a folder here with a ``STUDY``, imported only when it is chosen."""
