"""Care-chain clocks: time to care as a sum of parts, for every person, with the part that binds."""

from geoaccess.questions.clocks.chances import clock_chances
from geoaccess.questions.clocks.evaluation import ClockInputs, ClockTimes, evaluate_clocks, summarise_clock
from geoaccess.questions.clocks.values import read_part_table
from geoaccess.study.clock_sections import Clock, Leg, Part, Threshold, assumptions, clock_faults, needed_legs

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
