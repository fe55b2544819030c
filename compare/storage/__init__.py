"""Where trials are kept: stores, how they are read without trust, and how they are united."""
