"""The one exception for values a user gave that break a rule."""


class InvalidInput(ValueError):
    """A value that breaks a stated rule.

    The message names the argument, the rule and the value, in one line; the command line prints
    it as it is and exits with code 2. Programming errors never raise this class.
    """
