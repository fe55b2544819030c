"""What the terminal shows: tables, the live view, plans, learners."""
