"""Access: how long people take to the nearest facilities of each kind."""
