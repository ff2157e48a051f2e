"""One person's part in a shot: from what the shot is about to a script that lasts as long as it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from anonlab.synth import body as bodies
from anonlab.synth import people, rooms
from anonlab.synth.motion import activities, handling, posing, seated
from anonlab.synth.motion.motions import Motion
from anonlab.synth.motion.rotations import Vector, heading
from anonlab.synth.motion.script import BEND, CROUCH, HOLD, LIFT, PUT, SIT, TOUCH, Carried, Script, Thing
from anonlab.synth.render.camera import Camera
from anonlab.synth.shots import Shot
from anonlab.synth.spots import Spot, Spots, facing
from anonlab.synth.things import THINGS, thing

TRIES = 40
ACTIONS = {"touch": TOUCH, "bend": BEND, "crouch": CROUCH, "hold": HOLD, "lift": LIFT, "put": PUT, "sit": SIT}
_LEAVING = 3.5  # seconds before the end of a shot at which someone who leaves should go
_SIT_DOWN = 0.5  # of the clips about sitting, the share in which one sees somebody sit down


@dataclass(frozen=True)
class Performer:
    """Someone who acts: the person, its motion, and the time of the motion at the first frame."""

    person: people.Person
    motion: Motion
    offset: float

    def pose(self, seconds: float) -> bodies.Pose:
        """The person's pose, so many seconds into the shot."""
        return posing.solve(self.person.rest, self.motion.goal(self.offset + seconds))

    def actions(self, seconds: float) -> tuple[int, ...]:
        """AVA ids that hold then."""
        return self.motion.actions(self.offset + seconds)

    def things(self, seconds: float) -> list[tuple[Thing, Vector, float]]:
        """What stands about or is carried then: what, (3,) middle of its underside, yaw."""
        return self.motion.things(self.offset + seconds)


class Part:
    """What one person does in a shot."""

    def __init__(
        self, shot: Shot, room: rooms.Room, camera: Camera, taken: Sequence[Spot], number: int
    ) -> None:
        self.shot, self.room = shot, room
        self.rng = shot.rng(2, number)
        self.person = people.person(people.identity(shot.rng(3, number), people.Gear(**room.gear)))
        self.spots = Spots(room, camera, taken, self.rng)
        self.seconds = shot.n_frames / shot.fps
        self.stays = number > 0 or shot.media == "images"
        self.enters, self.leaves = shot.entering and number == 0, shot.leaving and number == 0
        self.span = (0.0, 0.0)  # when the activity that the shot is about goes on
        self.item: Carried | None = None

    def play(self, focus: str) -> tuple[Performer, Spot]:
        """Try until there is a way; someone for whom there is none stands about."""
        focus = self._possible(focus)
        for attempt in range(TRIES):
            spot = self.spots.choose(focus, strict=attempt < TRIES // 2)
            script = self._script(focus if self._fits(focus, spot) else "stand", spot)
            if script is not None:
                break
        else:
            spot = self.spots.free()
            script = self._begin(spot, "stand", spot)
            activities.stand(script, self.seconds + 1.0)
        performer = Performer(self.person, Motion(script), self._offset(script))
        if self.shot.media == "images":  # someone who walks is somewhere else by then
            spot = replace(spot, at=performer.motion.base(performer.offset)[0])
        return performer, spot

    def _possible(self, focus: str) -> str:
        """What the shot is about where the room allows it: people sit more often where there are seats."""
        seats = any(place.kind == "seat" for place in self.room.places)
        if seats and focus == "stand" and self.rng.random() < 0.6:
            return "sit"
        if self.stays and self.shot.media == "videos" and focus == "walk":
            return "touch"  # only the first person walks about, so that no two meet
        if not seats and focus == "sit":
            return str(self.rng.choice(("touch", "crouch", "bend")))
        return focus

    def _fits(self, focus: str, spot: Spot) -> bool:
        """Nobody sits where there is no seat, because someone else has the last one."""
        return focus != "sit" or spot.kind == "seat"

    def _script(self, focus: str, spot: Spot) -> Script | None:
        """The whole script, or None if there is no way for it."""
        sits_down = focus == "sit" and self._sits_down()
        goal = _before(spot) if sits_down else spot
        sits = focus == "sit" and not sits_down
        arrives = not sits and not self.stays and (self.enters or self.rng.random() < 0.35)
        script = self._begin(self._origin(goal) if arrives else goal, focus, spot)
        if sits:
            seated.be_seated(script, spot.height)
        if arrives:
            activities.stand(script, 0.3 if self.enters else 0.05)
            if not self._walk(script, goal):
                return None
        start = script.time
        if sits_down:
            activities.stand(script, float(self.rng.uniform(0.2, 0.6)))
            seated.sit_down(script, spot.height)
        if not self._do(script, focus, spot):
            return None
        self.span = _span(script, focus, start) if focus != "walk" else self.span
        self._fill(script, focus, spot)
        return script

    def _sits_down(self) -> bool:
        """Whether someone is seen to sit down, not only to sit; on images there is no before."""
        return self.shot.media == "videos" and (self.enters or self.rng.random() < _SIT_DOWN)

    def _begin(self, start: Spot, focus: str, spot: Spot) -> Script:
        """A script whose person is at its start, with the thing it needs in its hands or at its place."""
        script = Script(self.person.rest, self.rng, start.at, start.yaw)
        self.item = self._thing(focus, spot)
        if self.item is not None:
            script.held.append(self.item)
        has_it = focus == "put" or (focus == "hold" and self.rng.random() < 0.4)
        if self.item is not None and has_it:
            handling.hold(script, self.item)
        return script

    def _thing(self, focus: str, spot: Spot) -> Carried | None:
        low = spot.kind == "floor"
        if focus not in ("lift", "put", "hold") and not (focus in ("bend", "crouch") and low):
            return None
        kind = THINGS[int(self.rng.integers(len(THINGS) - low))]  # no tray on the floor
        return Carried(thing(kind), self.spots.ground_of(spot), spot.yaw + float(self.rng.uniform(-8, 8)))

    def _origin(self, spot: Spot) -> Spot:
        """Where someone comes from: through an entrance, or from somewhere on the floor."""
        if self.enters:
            return self.spots.entrance(spot.at)
        return facing(self.spots.free().at, spot.at)

    def _offset(self, script: Script) -> float:
        """The time of the script at which the shot begins."""
        start, end = self.span
        if self.shot.media == "images":
            return float(start + self.rng.uniform(0.3, 0.7) * (end - start))
        if not (self.enters or self.leaves):
            return float(self.rng.uniform(0.0, 0.3))
        motion, empty = Motion(script), float(self.rng.uniform(0.5, 1.2))
        times = [float(t) for t in np.arange(0.0, script.time, 0.1)]
        seen = [t for t in times if self.spots.glimpsed(motion.base(t)[0])] or [0.0]
        begin = seen[0] - empty if self.enters else seen[-1] + empty - self.seconds
        return max(0.0, begin)

    def _do(self, script: Script, focus: str, spot: Spot) -> bool:
        """Write an activity; False if there is no way for it."""
        long = float(self.rng.uniform(1.6, 3.0))
        if focus == "stand":
            activities.stand(script, long)
        elif focus == "touch":
            activities.touch(script, self.spots.targets(spot), long, self._sides(spot))
        elif focus == "sit":
            seated.work_seated(script, self.spots.targets(spot), spot.height, long)
        elif focus == "walk":
            return self._walk_away(script)
        elif focus in ("bend", "crouch"):
            (activities.bow if focus == "bend" else activities.crouch)(script, self._low(spot), long)
        else:
            self._handle(script, focus, spot, long)
        return True

    def _low(self, spot: Spot) -> Vector:
        """Where hands work at something low: on the thing that stands there."""
        if self.item is None:
            return self.spots.target(spot)
        return self.item.place + np.array([0.0, self.item.thing.size[1] + 0.02, 0.0])

    def _handle(self, script: Script, focus: str, spot: Spot, long: float) -> None:
        """Lift, hold or put down the thing."""
        item = self.item
        if item is None:
            return
        deep = spot.kind == "floor" and self.rng.random() < 0.5
        if focus == "lift" or item.taken == np.inf:
            handling.pick_up(script, item, deep)
        if focus == "lift":
            return
        if focus == "put":
            activities.stand(script, float(self.rng.uniform(0.1, 0.5)))
            handling.put_down(script, item, item.place, item.yaw, deep)
        else:
            activities.stand(script, 0.6 * long)

    def _fill(self, script: Script, focus: str, spot: Spot) -> None:
        """Go on until the shot is over: put a thing down that is held, then something else."""
        end = self.seconds - _LEAVING if self.leaves else self.seconds + 0.4
        while script.time < end:
            if focus == "sit":
                self._sit_on(script, spot)
            elif self.item is not None and self.item.taken < self.item.left == np.inf:
                spot = self._put_away(script, spot, self.item)
            elif self.stays or self.leaves:
                self._go_on_here(script, spot)
            else:
                spot = self._go_on(script, spot)
        if self.leaves:
            if focus == "sit":
                seated.stand_up(script)
            self._walk(script, self.spots.entrance(script.at))

    def _sit_on(self, script: Script, spot: Spot) -> None:
        if self.rng.random() < 0.6:
            seated.work_seated(script, self.spots.targets(spot), spot.height, 2.0)
        else:
            seated.rest_seated(script, float(self.rng.uniform(0.8, 1.6)))

    def _put_away(self, script: Script, spot: Spot, item: Carried) -> Spot:
        """Carry a thing to where it can stand, or put it where one is."""
        goal = self.spots.choose("put")
        if not self.stays and _name(goal) != _name(spot) and self._walk(script, goal):
            spot = goal
        else:
            activities.stand(script, float(self.rng.uniform(0.6, 1.2)))
        deep = spot.kind == "floor" and self.rng.random() < 0.5
        handling.put_down(script, item, self.spots.ground_of(spot), spot.yaw, deep)
        return spot

    def _go_on_here(self, script: Script, spot: Spot) -> None:
        free = self.item is None  # a thing may stand where the hands would go
        if free and spot.kind in ("surface", "machine") and self.rng.random() < 0.6:
            long = float(self.rng.uniform(1.0, 2.5))
            activities.touch(script, self.spots.targets(spot), long, self._sides(spot))
        else:
            activities.stand(script, float(self.rng.uniform(0.8, 1.6)))

    def _go_on(self, script: Script, spot: Spot) -> Spot:
        """Something else, somewhere else if there is a way."""
        focus = str(self.rng.choice(("touch", "stand", "walk")))
        goal = self.spots.choose(focus)
        if goal.place is not None and _name(goal) == _name(spot):
            self._go_on_here(script, spot)
            return spot
        if not self._walk(script, goal):
            activities.stand(script, 1.0)
            return spot
        if focus != "walk":
            self._do(script, focus, goal)
        return goal

    def _walk(self, script: Script, goal: Spot) -> bool:
        """Walk to a spot round all that stands there; False if there is no way."""
        way = self.spots.ground.way(script.at, goal.at)
        if way is None:
            return False
        activities.walk(script, way, goal.yaw)
        return True

    def _walk_away(self, script: Script) -> bool:
        """Walk to some other spot that is far enough for a walk."""
        for _ in range(12):
            goal, start = self.spots.choose("stand"), script.time
            if np.linalg.norm(goal.at - script.at) > 1.2 and self._walk(script, goal):
                self.span = (start + 0.3, script.time - 0.3)
                return True
        return False

    def _sides(self, spot: Spot) -> tuple[str, ...]:
        """Both hands on tables; at machines often one."""
        if spot.kind == "machine" and self.rng.random() < 0.5:
            return ("L",) if self.rng.random() < 0.4 else ("R",)
        return ("L", "R")


def _before(seat: Spot) -> Spot:
    """Where one stands to sit down on a seat, with the back to it."""
    ahead = heading(seat.yaw) @ np.array([0.0, 0.0, seated.SEAT_FRONT])
    return replace(seat, at=seat.at + ahead[[0, 2]])


def _span(script: Script, focus: str, start: float) -> tuple[float, float]:
    """When the activity that the shot is about is really going on."""
    if focus not in ACTIONS:
        return start, script.time
    motion = Motion(script)
    times: NDArray[np.float64] = np.arange(start, script.time, 0.05)
    held = [float(t) for t in times if ACTIONS[focus] in motion.actions(float(t))]
    return (held[0], held[-1]) if held else (start, script.time)


def _name(spot: Spot) -> str:
    """Of the spot's place; a thing's own free floor has none."""
    return spot.place.name if spot.place is not None else ""
