"""The rules of dispatch as SimPy processes, written from their description: the oracle of the event loop.

It shares no code with what it tests: crews are objects with a process each, the queue is a list, minutes are looked up
one by one. Standing by is not in it.
"""

from __future__ import annotations

from itertools import count

import numpy as np
import simpy

INF = float("inf")


class Crew:
    """A crew: where it is, what it does, and the process that does it."""

    def __init__(self, number: int, base: int, craft: int, duty: list[int]) -> None:
        self.number, self.base, self.craft, self.duty = number, base, craft, duty
        self.doing = "idle" if duty[0] else "off"
        self.call: int | None = None
        self.left = self.back = 0.0
        self.origin = 0
        self.can_be_taken = False
        self.process: simpy.Process | None = None


class Region:
    """The system of crews as SimPy runs it."""

    def __init__(self, system, calls, rules) -> None:
        self.s, self.c, self.rules = system, calls, rules
        crafts, states, places = len(system.road), *system.out_min.shape[:2]
        self.go_min = (
            system.ways.way[system.ways.to[: crafts * states]]
            .swapaxes(1, 2)
            .reshape(crafts, states, places, places)
        )
        self.env = simpy.Environment()
        self.crews = [
            Crew(i, int(system.base[i]), int(system.craft[i]), system.duty[i].tolist())
            for i in range(len(system.base))
        ]
        n = len(calls.start_min)
        self.begun = calls.start_min.copy()
        self.response, self.door = [None] * n, [None] * n
        self.who = [-1] * n
        self.waiting: list[int] = []
        self.served = count()

    def hour(self) -> int:
        return int(self.env.now // 60)

    def now_state(self) -> int:
        return int(self.s.state[self.hour()])

    def on_duty(self, crew: Crew) -> int:
        return crew.duty[self.hour() % 168]

    def counted(self, crew: Crew, place: int) -> float:
        duty, state = self.on_duty(crew), self.now_state()
        if not duty:
            return INF
        out = self.s.out_min[state, place, crew.base]
        if crew.doing == "idle" and self.s.up[crew.craft, self.hour()]:
            return out + self.s.mobilise_min[crew.craft, duty - 1, state]
        if crew.doing == "home" and self.rules.on_the_way_home and self.s.road[crew.craft]:
            gone = self.env.now - crew.left
            return min(
                crew.back - self.env.now + out, gone + self.go_min[crew.craft, state, crew.origin, place]
            )
        return INF

    def pick(self, call: int):
        urgency, place = int(self.c.urgency[call]), int(self.c.at[call])
        options = []
        for crew in self.crews:
            may = self.s.may[urgency, crew.craft]
            if may == 1:
                options.append((self.counted(crew, place), 0, crew.number, crew))
                lesser = (
                    crew.call is not None and (urgency, int(self.c.urgency[crew.call])) in self.rules.preempt
                )
                if lesser and crew.can_be_taken and self.s.road[crew.craft]:
                    x = abs(self.env.now - crew.left) + self.s.out_min[self.now_state(), place, crew.base]
                    options.append((x, 1, crew.number, crew))
        options.sort(key=lambda one: one[:3])
        best = options[0] if options else (INF, 0, -1, None)
        if self.c.severe[call] or best[0] > self.rules.far_min:
            support = sorted(
                (self.counted(crew, place), 0, crew.number, crew)
                for crew in self.crews
                if self.s.may[urgency, crew.craft] == 2 and np.isfinite(self.counted(crew, place))
            )
            if support and support[0][0] + self.rules.beats_min < best[0]:
                best = support[0]
        if best[0] == INF:
            return None
        late = self.env.now - self.begun[call] >= self.rules.max_wait_min[urgency] - 1e-6
        return best[3] if best[0] <= self.rules.max_reach_min[urgency] or late else None

    def serve(self, only: Crew | None = None, calls: list[int] | None = None) -> None:
        waiting = sorted(
            self.waiting if calls is None else calls, key=lambda i: (self.c.urgency[i], self.begun[i])
        )
        for call in waiting:
            if call not in self.waiting:
                continue
            if only is not None and (
                self.s.may[self.c.urgency[call], only.craft] == 0
                or self.counted(only, int(self.c.at[call])) == INF
            ):
                continue
            crew = self.pick(call)
            if crew is None:
                continue
            self.waiting.remove(call)
            if self.send(call, crew):
                self.serve()
                return

    def send(self, call: int, crew: Crew) -> bool:
        state, place = self.now_state(), int(self.c.at[call])
        out = self.s.out_min[state, place, crew.base]
        taken = crew.call
        if crew.doing == "idle":
            leave = (
                self.s.mobilise_min[crew.craft, self.on_duty(crew) - 1, state] * self.c.mobilise_factor[call]
            )
            way, crew.origin, fresh = out, int(self.s.base_place[crew.base]), True
        elif taken is not None:
            leave = max(crew.left - self.env.now, 0.0)
            way, fresh = out + max(self.env.now - crew.left, 0.0), False
        else:
            leave, way, fresh = 0.0, self.counted(crew, place), False
        if crew.process is not None and crew.process.is_alive and crew.process is not self.env.active_process:
            crew.process.interrupt()
        if taken is not None:
            self.who[taken] = -1
            self.waiting.append(taken)
            rest = self.begun[taken] + self.rules.max_wait_min[self.c.urgency[taken]] - self.env.now
            if rest > 0:
                self.env.process(self.lose_patience(taken, rest))
        crew.call, crew.doing, crew.can_be_taken = call, "called", fresh
        crew.left = self.env.now + leave
        self.who[call] = crew.number
        crew.process = self.env.process(self.mission(crew, call, leave, way * self.c.drive_factor[call]))
        return taken is not None

    def mission(self, crew: Crew, call: int, leave: float, way: float):
        try:
            yield self.env.timeout(leave)
            yield self.env.timeout(way)
            crew.can_be_taken = False
            self.response[call] = self.env.now - self.begun[call]
            yield self.env.timeout(self.c.scene_min[call])
            road = bool(self.s.road[crew.craft])
            place, to = int(self.c.at[call]), int((self.c.to if road else self.c.to_off_road)[call])
            ride = INF if to < 0 else self.go_min[crew.craft, self.now_state(), place, to]
            if ride < INF:
                if self.c.onward[call] >= 0 and road:
                    self.ring(int(self.c.onward[call]))
                yield self.env.timeout(ride * self.c.drive_factor[call])
                self.door[call] = self.env.now - self.begun[call]
                yield self.env.timeout(self.c.handover_min[call])
                place = to
            crew.call = None
            home = self.go_min[crew.craft, self.now_state(), place, self.s.base_place[crew.base]]
            home = home * self.c.drive_factor[call] if home < INF else self.rules.stuck_min
            crew.doing, crew.origin, crew.left, crew.back = "home", place, self.env.now, self.env.now + home
            served = crew.process
            self.serve(only=crew)
            if crew.process is not served:
                return
            yield self.env.timeout(home)
            crew.doing = "idle" if self.on_duty(crew) else "off"
            if crew.doing == "idle":
                self.serve(only=crew)
        except simpy.Interrupt:
            return

    def ring(self, call: int) -> None:
        self.begun[call] = self.env.now
        self.waiting.append(call)
        self.serve(calls=[call])
        patience = self.rules.max_wait_min[self.c.urgency[call]]
        if call in self.waiting and patience > 0:
            self.env.process(self.lose_patience(call, patience))

    def lose_patience(self, call: int, after: float):
        yield self.env.timeout(after)
        if call in self.waiting:
            self.serve()

    def arrivals(self):
        for call in np.flatnonzero(np.isfinite(self.c.start_min)):
            yield self.env.timeout(self.c.start_min[call] - self.env.now)
            self.ring(int(call))

    def hours(self):
        while True:
            yield self.env.timeout(60.0)
            for crew in self.crews:
                if crew.doing == "off" and self.on_duty(crew):
                    crew.doing = "idle"
                elif crew.doing == "idle" and not self.on_duty(crew):
                    crew.doing = "off"
            if self.something_changed():
                self.serve()

    def something_changed(self) -> bool:
        """Whoever waits is looked at again when somebody comes on duty, weather clears or the roads change."""
        h = self.hour()
        duty = any(c.duty[h % 168] not in {0, c.duty[(h - 1) % 168]} for c in self.crews)
        clears = bool((self.s.up[:, h] & ~self.s.up[:, h - 1]).any())
        return duty or clears or self.s.state[h] != self.s.state[h - 1]

    def run(self, end_min: float):
        self.env.process(self.arrivals())
        self.env.process(self.hours())
        self.env.run(until=end_min)
        return self


def as_simpy(system, calls, rules, end_min: float):
    """(response, door, crew) of every call, None and -1 where nobody came."""
    region = Region(system, calls, rules).run(end_min)
    came = [value is not None for value in region.response]
    number = [who if ok else -1 for who, ok in zip(region.who, came, strict=True)]
    return region.response, region.door, number
