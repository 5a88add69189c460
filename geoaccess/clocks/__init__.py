"""Care-chain clocks: time to care as a sum of parts, for every person, with the part that binds."""

from geoaccess.clocks.chances import clock_chances
from geoaccess.clocks.config import Clock, Leg, Part, Threshold, assumptions, clock_faults, needed_legs
from geoaccess.clocks.evaluation import ClockInputs, ClockTimes, evaluate_clocks, summarise_clock
from geoaccess.clocks.values import read_part_table

__all__ = [
    "Clock",
    "ClockInputs",
    "ClockTimes",
    "Leg",
    "Part",
    "Threshold",
    "assumptions",
    "clock_chances",
    "clock_faults",
    "evaluate_clocks",
    "needed_legs",
    "read_part_table",
    "summarise_clock",
]
