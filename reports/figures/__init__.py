"""The figures on who wins, at what cost: one per file, with what they share."""
