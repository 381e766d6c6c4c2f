"""What can go wrong in a run, by what its user can do about it."""


class BadInput(ValueError):
    """The request cannot be served as it stands; the message names the value, the rule and the way out."""


class Interrupted(Exception):
    """The run was told to stop, and has saved what it had."""


class NotWritten(OSError):
    """A file of a run could not be written: the disk is full, a quota is used up, a file system is gone."""

    def __str__(self) -> str:
        return (
            f"{self.filename} could not be written ({self.strerror}); what was written before is whole, and with that "
            "mended resume=true continues"
        )


class NonFiniteUpdate(RuntimeError):
    """A loss, gradient or update was not finite; the update was suppressed and the last finite state kept."""
