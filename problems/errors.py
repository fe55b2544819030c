"""The exceptions that a user is told of in one line."""


class InvalidInput(ValueError):
    """A value that breaks a stated rule.

    The message names the argument, the rule and the value, in one line; the command line prints
    it as it is and exits with code 2. Programming errors never raise this class.
    """


class TooFewSamples(InvalidInput):
    """A list of examples too short for what is asked of it.

    An argument to a caller who gave the list; how the trial ends, where a grid did.
    """


class RunFailed(RuntimeError):
    """What a run needs has failed: its workers cannot be started, or a cluster is lost.

    Every finished trial is kept; the command line prints the message and exits with code 4.
    """
