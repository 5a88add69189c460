"""Matrix: travel times between two tables of points over a network file."""
