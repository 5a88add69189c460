"""How busy crews are and who is reached in time, without chance: the surrogate of the simulation."""
