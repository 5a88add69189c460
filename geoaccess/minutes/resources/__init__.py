"""Who reaches whom how fast, how surely: one table for every question, of every car, boat and aircraft."""

from geoaccess.minutes.resources.availability import Arrivals, arrivals
from geoaccess.minutes.resources.reach import Reach, reach

__all__ = ["Arrivals", "Reach", "arrivals", "reach"]
