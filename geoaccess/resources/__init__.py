"""Who reaches whom how fast, how surely: one table for every question, of every car, boat and aircraft."""

from geoaccess.resources.availability import Arrivals, arrivals
from geoaccess.resources.reach import Reach, reach

__all__ = ["Arrivals", "Reach", "arrivals", "reach"]
