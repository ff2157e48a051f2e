"""People: an identity becomes a body with hair and clothes, and any pose of it a mesh with its 133 points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from anonlab.synth import body
from anonlab.synth.body import Floats, Ints, Pose, Rest, landmarks
from anonlab.synth.meshes import Mesh
from anonlab.synth.people import beards, clothes, collars, gear, hair, hairstyles, parts, skin, tailoring
from anonlab.synth.people.identity import Gear, Identity, identity, linear
from anonlab.synth.people.looks import CLOTH, EYE, HAIR, PLAIN, SKIN, Decal, Look, PersonMaterial
from anonlab.synth.people.parts import Part

__all__ = ["Gear", "Identity", "Person", "Posed", "identity", "person"]

SURFACES = (
    "skin",
    "eyes",
    "lashes",
    "hair",
    "top",
    "legs",
    "belt",
    "vest",
    "leather",
    "rubber",
    "helmet",
    "gloves",
    "frame",
)
ROW = {name: i for i, name in enumerate(SURFACES)}


@dataclass(frozen=True)
class Posed:
    """A person in a pose: the mesh, landmarks (133, 3) in metres, and the bones' R (B, 3, 3) and t (B, 3)."""

    mesh: Mesh
    landmarks: Floats
    R: Floats
    t: Floats


class Person:
    """A person who can be posed; build one with `person`."""

    def __init__(self, who: Identity) -> None:
        self.identity = who
        self.rest: Rest = body.load().shaped(who.shape)
        pieces, decals = _dressed(who, self.rest)
        counts = np.cumsum([0, *(len(piece.vertices) for piece in pieces)])
        shift = zip(pieces, counts, strict=False)
        self._triangles: Ints = np.concatenate([p.triangles + n for p, n in shift]).astype(np.int32)
        self._vertices: Floats = np.concatenate([piece.vertices for piece in pieces])
        self._bone_index: Ints = np.concatenate([piece.bone_index for piece in pieces])
        self._bone_weight: Floats = np.concatenate([piece.bone_weight for piece in pieces])
        self._clip: Floats = np.concatenate([piece.clip for piece in pieces])
        fields = [np.concatenate([p.canonical, p.colour, p.extra], axis=1) for p in pieces]
        self._attributes: Floats = np.concatenate(fields).astype(np.float32)
        surfaces = np.concatenate([np.full(len(p.triangles), p.surface) for p in pieces]).astype(np.int32)
        self._material = PersonMaterial(_looks(who), surfaces, decals)

    def posed(self, pose: Pose) -> Posed:
        """The person in a pose."""
        return self.deformed(*body.transforms(self.rest, pose))

    def deformed(self, R: Floats, t: Floats) -> Posed:
        """The person under any matrices of the bones, turns or stretches: x' = R x + t."""
        vertices = body.skin(self._vertices, self._bone_index, self._bone_weight, R, t)
        mesh = Mesh(vertices, self._triangles, self._attributes, self._material, self._clip, smooth=True)
        return Posed(mesh, landmarks.of_pose(self.rest, R, t), R, t)


@lru_cache(maxsize=64)
def person(who: Identity) -> Person:
    """The person of an identity; built once."""
    return Person(who)


def _looks(who: Identity) -> list[Look]:
    """How each of the surfaces looks."""
    eye = skin.eye_centre()
    brow_colour = _times(who.hair_colour, 0.5)
    thickness, arch, height = who.brow
    skin_numbers = (height, thickness, arch, *brow_colour, *_times(who.hair_colour, 0.5))
    shiny = clothes.TOPS[who.top].specular
    by_name = {
        "skin": Look(SKIN, 0.10, 0.0, 0.6, 0.06, (55, 55, 55), skin_numbers),
        "eyes": Look(
            EYE, 0.55, 0.0, 0.1, 0.0, (1, 1, 1), (*who.iris, float(eye[0]), float(eye[1]), float(eye[2]))
        ),
        "lashes": Look(PLAIN, 0.02, grain=0.0),
        "hair": Look(HAIR, 0.10, 0.2, 0.45),
        "top": Look(CLOTH, shiny, 1.0, 0.0, clothes.TOPS[who.top].grain, (240, 120, 240)),
        "legs": Look(CLOTH, 0.01, 1.0, 0.0, 0.07, (260, 120, 260)),
        "belt": Look(PLAIN, 0.12, 0.1, 0.0, 0.06, (150, 150, 150)),
        "vest": Look(CLOTH, 0.03, 0.6, 0.0, 0.04, (300, 300, 300)),
        "leather": Look(PLAIN, 0.16 if who.shoes != "sneaker" else 0.05, 0.1, 0.0, 0.06, (90, 90, 90)),
        "rubber": Look(PLAIN, 0.04, 0.0, 0.0, 0.08, (120, 120, 120)),
        "helmet": Look(PLAIN, 0.40, 0.0, 0.0, 0.02, (30, 30, 30)),
        "gloves": Look(CLOTH, 0.03, 0.3, 0.0, 0.10, (180, 180, 180)),
        "frame": Look(PLAIN, 0.45, 0.0, 0.0, 0.0),
    }
    return [by_name[name] for name in SURFACES]


def _times(colour: Sequence[float], gain: float) -> tuple[float, float, float]:
    return colour[0] * gain, colour[1] * gain, colour[2] * gain


def _dressed(who: Identity, rest: Rest) -> tuple[list[Part], list[tuple[int, Decal]]]:
    """All parts of a person, and the details drawn on them."""
    pieces = [*_head(who, rest), *_skin(who, rest)]
    pieces += _garments(who, rest)
    pieces += _extras(who, rest)
    top, wear = clothes.TOPS[who.top], clothes.LEGWEAR[who.legs]
    decals = [(ROW["top"], decal) for decal in tailoring.top_decals(top, who.top_colour, who.trim_colour)]
    decals += [(ROW["legs"], decal) for decal in tailoring.legs_decals(wear)]
    decals += [(ROW["belt"], decal) for decal in tailoring.belt_decals()]
    decals += [(ROW["vest"], decal) for decal in tailoring.vest_decals()]
    return pieces, decals


def _skin(who: Identity, rest: Rest) -> list[Part]:
    """Face, neck, hands, and arms beyond short sleeves."""
    canonical = body.load().canonical
    top = clothes.TOPS[who.top]
    neck = 0.03 - clothes.neckline(canonical, top.neck)
    sleeve = min(top.sleeve, clothes.CUFF) - 0.14 if who.gloves is None else 1.85
    clip = skin.shown(neck, min(sleeve, top.sleeve - 0.14))
    if who.gloves is not None:
        arm, along = parts.arm_share(), parts.arm_places(canonical)
        clip = np.where(arm > 0.5, np.minimum(clip, 0.23 * (1.90 - along)), clip)
    density = {"none": 0.12, "stubble": 0.75, "full": 0.9, "goatee": 0.7, "moustache": 0.7}[who.beard]
    shadow = density * (who.shape.gender > 0.5)
    kind = who.beard if who.beard != "none" else "stubble"
    beard = shadow * beards.beard_density(canonical, kind)
    return [skin.skin_part(rest, clip, who.tone, beard, who.blush, ROW["skin"])]


def _head(who: Identity, rest: Rest) -> list[Part]:
    """Eyes, lashes, brows, hair and beard."""
    rng = np.random.default_rng(who.seed)
    row = ROW["hair"]
    dark = _times(who.hair_colour, 0.45)
    lash = linear((0.10, 0.08, 0.07))
    pieces = [skin.eyes_part(rest, ROW["eyes"]), skin.lashes_part(rest, lash, ROW["lashes"])]
    thickness, arch, height = who.brow
    pieces.append(beards.brow_part(rest, thickness, arch, height, dark, who.seed + 1, row))
    style = hairstyles.STYLES[who.hair]
    pieces += hair.hair_parts(rest, style, who.hair_colour, rng, row, who.helmet is not None)
    if who.beard not in {"none", "stubble"}:
        length = who.beard_length
        pieces.append(beards.beard_part(rest, who.beard, length, _times(who.hair_colour, 0.85), rng, row))
    return pieces


def _garments(who: Identity, rest: Rest) -> list[Part]:
    top, wear = clothes.TOPS[who.top], clothes.LEGWEAR[who.legs]
    folds = float(who.seed % 97)
    tucked = who.tucked or wear.bib
    pieces = [
        clothes.top_part(rest, top, who.top_colour, folds, tucked, ROW["top"]),
        clothes.legs_part(rest, wear, who.legs_colour, folds, tucked, ROW["legs"]),
    ]
    if tucked and who.belt_colour is not None:  # nobody sees it under a shirt that hangs over it
        pieces.append(clothes.belt_part(rest, wear, who.belt_colour, folds, ROW["belt"]))
    if who.vest is not None:
        pieces.append(clothes.vest_part(rest, top, who.vest, folds, ROW["vest"]))
    return pieces + _collar(who, rest, top)


def _collar(who: Identity, rest: Rest, top: clothes.Top) -> list[Part]:
    cloth = clothes.top_vertices(rest, top, float(who.seed % 97), who.tucked or clothes.LEGWEAR[who.legs].bib)
    if top.collar == "rib":
        return [collars.rib_part(cloth, top.neck, _times(who.top_colour, 0.88), ROW["top"])]
    if top.collar == "hood":
        return [collars.hood_part(cloth, who.top_colour, ROW["top"])]
    return [collars.collar_part(cloth, top.collar, who.top_colour, ROW["top"])]


def _extras(who: Identity, rest: Rest) -> list[Part]:
    """Shoes and socks, gloves, helmet, glasses."""
    laces = _times(who.sole_colour, 0.8) if who.shoes != "leather" else _times(who.shoes_colour, 0.5)
    colours = who.shoes_colour, who.sole_colour, laces
    pieces = gear.shoe_parts(rest, who.shoes, colours, (ROW["leather"], ROW["rubber"]))
    pieces.append(gear.socks_part(rest, linear((0.15, 0.15, 0.17)), ROW["gloves"]))
    if who.gloves is not None:
        pieces.append(gear.gloves_part(rest, who.gloves, ROW["gloves"]))
    if who.helmet is not None:
        pieces.append(gear.helmet_part(rest, who.helmet, ROW["helmet"]))
    if who.glasses is not None:
        pieces.append(gear.glasses_part(rest, who.glasses, who.safety_glasses, ROW["frame"]))
    return pieces
