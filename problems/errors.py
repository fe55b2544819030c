"""The exceptions that a user is told of in one line."""


class InvalidInput(ValueError):
    """A value that breaks a stated rule.

    The message names the argument, the rule and the value, in one line; the command line prints
    it as it is and exits with code 2. Programming errors never raise this class.
    """


class RunFailed(RuntimeError):
    """What a run needs has failed: its workers cannot be started, or a cluster is lost.

    Every finished trial is kept; the command line prints the message and exits with code 4.
    """
