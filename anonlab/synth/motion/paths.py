"""Ways over a floor with furniture: through the walkable rectangles, round what stands there."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

CELL = 0.1  # metres

Rectangle = tuple[float, float, float, float]  # x0, z0, x1, z1
Disc = tuple[float, float, float]  # x, z, radius


class Ground:
    """Where a body can be: inside the floors, outside the blocks and discs, on a grid of cells."""

    def __init__(
        self, floors: Sequence[Rectangle], discs: Sequence[Disc] = (), blocks: Sequence[Rectangle] = ()
    ) -> None:
        corners = np.array(floors, float)
        self._low = corners[:, :2].min(0) - CELL
        shape = np.ceil((corners[:, 2:].max(0) + CELL - self._low) / CELL).astype(int) + 1
        self._free: NDArray[np.bool_] = np.zeros(tuple(shape), bool)
        x, z = np.meshgrid(*[self._low[i] + CELL * np.arange(shape[i]) for i in (0, 1)], indexing="ij")
        for x0, z0, x1, z1 in floors:
            self._free |= (x >= x0 - 1e-6) & (x <= x1 + 1e-6) & (z >= z0 - 1e-6) & (z <= z1 + 1e-6)
        for x0, z0, x1, z1 in blocks:
            self._free &= (x <= x0) | (x >= x1) | (z <= z0) | (z >= z1)
        for cx, cz, radius in discs:
            self._free &= (x - cx) ** 2 + (z - cz) ** 2 > radius**2

    def free(self, point: ArrayLike) -> bool:
        """Whether a point (x, z) can be walked on."""
        i, j = self._cell(point)
        n, m = self._free.shape
        return bool(0 <= i < n and 0 <= j < m and self._free[i, j])

    def way(self, start: ArrayLike, end: ArrayLike) -> list[NDArray[np.float64]] | None:
        """Points to walk along from start to end, the end included, or None if there is no way.

        Start and end may lie a little off the walkable floor, as when one stands close to a table.
        """
        a, b = np.asarray(start, float), np.asarray(end, float)
        first, last = self._nearest(a), self._nearest(b)
        if first is None or last is None:
            return None
        cells = self._search(first, last)
        if cells is None:
            return None
        points = [a, *[self._low + CELL * np.array(cell) for cell in cells], b]
        return self._straightened(points)[1:]

    def _cell(self, point: ArrayLike) -> tuple[int, int]:
        i, j = np.round((np.asarray(point, float) - self._low) / CELL).astype(int)
        return int(i), int(j)

    def _nearest(self, point: NDArray[np.float64]) -> tuple[int, int] | None:
        """The free cell next to a point, at most 0.8 m away."""
        cells = np.argwhere(self._free)
        if not len(cells):
            return None
        away = np.linalg.norm(self._low + CELL * cells - point, axis=1)
        best = int(away.argmin())
        return (int(cells[best][0]), int(cells[best][1])) if away[best] < 0.8 else None

    def _search(self, first: tuple[int, int], last: tuple[int, int]) -> list[tuple[int, int]] | None:
        """The shortest way over free cells (A*)."""
        queue: list[tuple[float, float, tuple[int, int], tuple[int, int]]] = [(0.0, 0.0, first, first)]
        came: dict[tuple[int, int], tuple[int, int]] = {}
        while queue:
            _, done, cell, before = heapq.heappop(queue)
            if cell in came:
                continue
            came[cell] = before
            if cell == last:
                return _back(came, last)
            for near, far in self._neighbours(cell):
                left = float(np.hypot(near[0] - last[0], near[1] - last[1]))
                heapq.heappush(queue, (done + far + left, done + far, near, cell))
        return None

    def _neighbours(self, cell: tuple[int, int]) -> list[tuple[tuple[int, int], float]]:
        n, m = self._free.shape
        found = []
        for di in (-1, 0, 1):
            for dj in (-1, 0, 1):
                i, j = cell[0] + di, cell[1] + dj
                if (di or dj) and 0 <= i < n and 0 <= j < m and self._free[i, j]:
                    found.append(((i, j), float(np.hypot(di, dj))))
        return found

    def _straightened(self, points: list[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
        """The same way with every corner left out that can be cut; its ends may be off the floor."""
        kept, i = [points[0]], 0
        while i < len(points) - 1:
            j = next(
                (j for j in range(len(points) - 1, i + 1, -1) if self._clear(points[i], points[j])), i + 1
            )
            kept.append(points[j])
            i = j
        return _without_stubs(kept)

    def _clear(self, a: NDArray[np.float64], b: NDArray[np.float64]) -> bool:
        """Whether the straight line is free, but for its first and last 0.3 m if they start off the floor."""
        length = float(np.linalg.norm(b - a))
        spots = np.arange(0.0, length, CELL / 2)
        off = [0.3 if not self.free(p) else 0.0 for p in (a, b)]
        spots = spots[(spots >= off[0]) & (spots <= length - off[1])]
        return all(self.free(a + (b - a) * s / max(length, 1e-9)) for s in spots)


def _back(came: dict[tuple[int, int], tuple[int, int]], cell: tuple[int, int]) -> list[tuple[int, int]]:
    way = [cell]
    while came[cell] != cell:
        cell = came[cell]
        way.append(cell)
    return way[::-1]


def _without_stubs(points: list[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """Corners nearer than 0.25 m to the one before are left out: no one turns for so little."""
    kept = [points[0]]
    for point in points[1:-1]:
        if min(np.linalg.norm(point - kept[-1]), np.linalg.norm(point - points[-1])) > 0.25:
            kept.append(point)
    return [*kept, points[-1]]
