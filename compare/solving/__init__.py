"""Which columns XOR to a label: the learners on data that somebody brings."""
