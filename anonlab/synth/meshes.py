"""What the renderer draws: triangles in the world, and a material that says what their surface is like.

Metres and y up everywhere; a person who is not turned looks along +z and has the left hand at +x.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Surface:
    """What n visible points of a surface are like.

    Attributes:
        albedo: (n, 3) float32, linear light, 0 to 1.
        specular: (n,) float32, strength of the highlight, 0 to 1.
        folds: (n,) float32, how deep cloth folds or hair strands bend the normals; 0 = smooth.
        skin: (n,) float32, share of light that scatters below the surface, 0 to 1.
    """

    albedo: Floats
    specular: Floats
    folds: Floats
    skin: Floats


class Material(Protocol):
    """Gives every visible point of a mesh its surface."""

    def shade(self, triangles: Ints, positions: Floats, attributes: Floats) -> Surface:
        """The surface at n points, given their triangle (n,), place in the world (n, 3) and attributes (n, A)."""
        ...


@dataclass(frozen=True)
class Mesh:
    """Triangles of one thing or one person.

    Attributes:
        vertices: (V, 3) float32, metres, in the world.
        triangles: (T, 3) int32; both sides are visible.
        attributes: (V, A) float32, interpolated over each triangle and handed to the material; the first three
            are where the vertex is on the thing at rest, so that patterns move with it.
        material: of all triangles.
        clip: (V,) float32 or None; where its interpolated value is below 0 nothing is drawn: smooth hems.
        smooth: whether normals are interpolated between vertices (bodies) or constant per triangle (boxes).
    """

    vertices: Floats
    triangles: Ints
    attributes: Floats
    material: Material
    clip: Floats | None = None
    smooth: bool = False
