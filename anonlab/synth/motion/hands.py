"""Arms and hands: a wrist that ends up where the palm or the finger tip should be, and fingers that curl."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from anonlab.synth.motion.rig import Rig, arm, bend, length
from anonlab.synth.motion.rotations import (
    Matrix,
    Vector,
    X,
    about,
    across,
    basis,
    heading,
    limited,
    slerp,
    split_twist,
    unit,
)

SIGN = {"L": 1.0, "R": -1.0}
PALM_DEPTH = 0.028  # metres from the wrist's axis to the skin of the palm
TURN_IN, TURN_OUT = -75.0, 95.0  # degrees the forearm turns from rest, palm down and palm up
TRIES = 5
WRIST = 55.0  # degrees a hand bends against its forearm
CURLS = (52.0, 62.0, 38.0)  # degrees of a finger's three joints in a fist-like grip


@dataclass(frozen=True)
class Hand:
    """What one hand should do.

    Attributes:
        at: (3,) where its contact is: the middle of the palm, or the tip of the forefinger if it points.
        weight: 0 = it hangs relaxed, 1 = it is at `at`.
        fingers, palm: (3,) where the fingers point and where the palm faces.
        elbow: how far the elbow is held out, 0 to 1.
        curl: 0 = flat, 1 = a firm grip.
        pointing: 1 = the forefinger is stretched and its tip is the contact.
        swing: degrees forward of the hanging arm.
    """

    at: Vector = field(default_factory=lambda: np.zeros(3))
    weight: float = 0.0
    fingers: Vector = field(default_factory=lambda: np.array([0.0, 0.0, 1.0]))
    palm: Vector = field(default_factory=lambda: np.array([0.0, -1.0, 0.0]))
    elbow: float = 0.25
    curl: float = 0.3
    pointing: float = 0.0
    swing: float = 0.0


def place(rig: Rig, side: str, hand: Hand, yaw: float) -> None:
    """Bring one hand to where it belongs: the arm by two-bone IK, the hand's turn within the wrist's limits."""
    curl_fingers(rig, side, hand.curl, hand.pointing)
    hanging, loose = _hanging(rig, side, hand.swing, yaw)
    chest = rig.frame("spine01")[0]
    pole = (chest @ _pole(SIGN[side], hand)) * hand.weight
    pole = pole + heading(yaw) @ np.array([SIGN[side] * 0.3, -0.1, -1.0]) * (1.0 - hand.weight)
    wanted = slerp(loose, _turned(rig, side, hand), _smooth(hand.weight))
    middle = contact(rig, side, hand.pointing)
    held = wanted
    for _ in range(TRIES):  # the limits of the wrist may turn the hand, and that moves the contact
        target = hanging + (np.asarray(hand.at) - held @ middle - hanging) * hand.weight
        forearm = bend(rig, arm(side), target, pole)
        before, held = held, _within_limits(rig, side, forearm, wanted)
        if np.abs(held - before).max() < 0.01:
            break
    _turn_hand(rig, side, forearm, held)


def hand_basis(rig: Rig, side: str) -> Matrix:
    """At rest: columns are where the fingers point, where the palm faces, and their cross product."""
    fingers = rig.at_rest(f"finger3-1.{side}") - rig.at_rest(f"wrist.{side}")
    thumb = rig.at_rest(f"finger2-1.{side}") - rig.at_rest(f"finger5-1.{side}")
    return basis(fingers, SIGN[side] * np.cross(unit(fingers), across(thumb, fingers)))


def curl_fingers(rig: Rig, side: str, curl: float, pointing: float) -> None:
    """Bend the fingers from the flat hand; the forefinger less, the more it points."""
    frame = hand_basis(rig, side)
    axis = np.cross(frame[:, 0], frame[:, 1])  # turns the fingers towards the palm
    for finger in range(2, 6):
        amount = curl if finger > 2 else curl * (1.0 - 0.9 * pointing)
        more = 1.0 + 0.1 * (finger - 2)  # a relaxed hand curls its little finger most
        for joint, degrees in enumerate(CURLS, start=1):
            rig.turn(f"finger{finger}-{joint}.{side}", about(axis, (degrees * amount - 14.0) * more))
    for joint in (2, 3):
        rig.turn(f"finger1-{joint}.{side}", about(axis, 22.0 * curl))


def _smooth(share: float) -> float:
    return share * share * (3.0 - 2.0 * share)


def _pole(sign: float, hand: Hand) -> Vector:
    """Where the elbow is pushed, seen from the chest: down and back, and out as far as asked."""
    return np.array([sign * (0.15 + hand.elbow), -0.8, -0.45])


def contact(rig: Rig, side: str, pointing: float) -> Vector:
    """From the wrist to what touches, in the hand at rest: the palm's middle, or the finger tip."""
    frame = hand_basis(rig, side)
    wrist = rig.at_rest(f"wrist.{side}")
    middle = (rig.at_rest(f"finger3-1.{side}") - wrist) * 0.85 + frame[:, 1] * PALM_DEPTH
    tip = (rig.at_rest(f"finger2-3.{side}") - wrist) * 1.12 + frame[:, 1] * 0.01
    return middle * (1.0 - pointing) + tip * pointing


def _turned(rig: Rig, side: str, hand: Hand) -> Matrix:
    """The hand's rotation in the world that points fingers and palm as asked."""
    return basis(hand.fingers, hand.palm) @ hand_basis(rig, side).T


def _hanging(rig: Rig, side: str, swing: float, yaw: float) -> tuple[Vector, Matrix]:
    """Where the wrist of a relaxed arm hangs (3,), and how its hand is turned (3, 3): the palm to the thigh."""
    sign = SIGN[side]
    turned = heading(yaw)
    bent = 0.985 - 0.0012 * max(0.0, swing)  # an arm that swings forward bends its elbow
    down = about(X, -swing) @ unit([sign * 0.14, -1.0, 0.07]) * length(rig.rest, arm(side)) * bent * 0.985
    fingers = about(X, -swing * 1.15 - 8.0) @ np.array([sign * 0.03, -1.0, 0.0])
    palm = np.array([-sign * 0.85, 0.0, -0.5])
    frame = basis(turned @ fingers, turned @ palm)
    return rig.where(f"upperarm01.{side}") + turned @ down, frame @ hand_basis(rig, side).T


def _forearm_axis(rig: Rig, side: str) -> Vector:
    return unit(rig.at_rest(f"wrist.{side}") - rig.at_rest(f"lowerarm01.{side}"))


def _parts(rig: Rig, side: str, forearm: Matrix, wanted: Matrix) -> tuple[float, Matrix]:
    """(degrees the forearm turns about itself, how the hand bends against it), both within their limits."""
    twist, swing = split_twist(forearm.T @ wanted, _forearm_axis(rig, side))
    sign = SIGN[side]
    return sign * float(np.clip(sign * twist, TURN_IN, TURN_OUT)), limited(swing, WRIST)


def _within_limits(rig: Rig, side: str, forearm: Matrix, wanted: Matrix) -> Matrix:
    twist, swing = _parts(rig, side, forearm, wanted)
    return forearm @ about(_forearm_axis(rig, side), twist) @ swing


def _turn_hand(rig: Rig, side: str, forearm: Matrix, wanted: Matrix) -> None:
    """Turn forearm and wrist; the turn about the forearm is spread along it, as radius and ulna do."""
    twist, swing = _parts(rig, side, forearm, wanted)
    axis = _forearm_axis(rig, side)
    rig.turn(f"lowerarm02.{side}", about(axis, 0.6 * twist))
    rig.turn(f"wrist.{side}", about(axis, 0.4 * twist) @ swing)
