"""Compile the renderer ahead of its first use, which takes most of a minute: `python -m anonlab.synth`.

Draws a frame of a tiny clip in every room; what numba makes of the loops is kept beside the code.
"""

from anonlab.progress import shown
from anonlab.synth import footage, shots


def main() -> None:
    """Draw one picture of each room."""
    plan = shots.plan("tuning", 0, 0, len(shots.SCENARIOS), clip_wh=(64, 48), seconds=(1.0, 1.0))
    for shot in shown(plan, "compiling the renderer", "room"):
        next(footage.frames(shot))


if __name__ == "__main__":
    main()
