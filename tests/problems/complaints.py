"""What a user is told of a file that cannot be read."""

import pytest

from parity_compare.problems import InvalidInput


def complaint(read, *arguments):
    """The one line that a user reads, without the path."""
    with pytest.raises(InvalidInput) as error:
        read(*arguments)
    assert "\n" not in str(error.value)
    return str(error.value)
