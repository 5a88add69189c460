"""Teams that travel: their areas, seats, and hours on the road."""
