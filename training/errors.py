"""What can go wrong in a run, by what its user can do about it."""


class BadInput(ValueError):
    """The request cannot be served as it stands; the message names the value, the rule and the way out."""


class Interrupted(Exception):
    """The run was told to stop, and has saved what it had."""


class NonFiniteUpdate(RuntimeError):
    """A loss, gradient or update was not finite; the update was suppressed and the last finite state kept."""
