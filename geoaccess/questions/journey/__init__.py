"""Journey: every leg of one way, with minutes, wait and road number."""
