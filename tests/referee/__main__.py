"""``python -m tests.referee --hours 4``: go on with new seeds, and say what differs.

``--seed N`` repeats one question, ``--shrink`` makes the failing question as small as it gets.
"""

from __future__ import annotations

import argparse
import sys
import time

from .questions import MODEL_NAMES, Question, asked_by
from .record import Record
from .shrinking import shrunk
from .trial import trial, warm_up


def main() -> int:
    options = _arguments()
    if options.seed is not None:
        asked = asked_by(options.seed, options.model or MODEL_NAMES[options.seed % len(MODEL_NAMES)])
        verdict = trial(asked)
        if verdict.fault and options.shrink and isinstance(asked, Question):
            asked = shrunk(asked)
            verdict = trial(asked)
        print(asked)
        print(verdict)
        return 1 if verdict.fault else 0
    warm_up()
    record = Record(options.log)
    seed, end = options.start, time.time() + 3600 * options.hours
    names = [options.model] if options.model else MODEL_NAMES
    while time.time() < end and (options.count is None or seed < options.start + options.count):
        record.add(asked_by(seed, names[seed % len(names)]), names[seed % len(names)], options.most_s)
        seed += 1
    told = record.table()
    if options.log:
        print(told)
    return 1 if record.faults else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.referee", description=__doc__)
    parser.add_argument("--hours", type=float, default=0.02, help="how long to go on")
    parser.add_argument("--start", type=int, default=0, help="first seed")
    parser.add_argument("--count", type=int, help="most questions")
    parser.add_argument("--model", choices=MODEL_NAMES, help="only this model")
    parser.add_argument("--seed", type=int, help="just this question (with --model)")
    parser.add_argument("--shrink", action="store_true", help="make the failing question small")
    parser.add_argument("--log", help="file to which faults and the table are written as they come")
    parser.add_argument(
        "--most-s", type=float, default=60.0, help="CPU seconds after which a question counts as hung"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
