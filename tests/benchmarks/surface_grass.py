"""Least-cost ways over a surface beside GRASS ``r.cost`` and ``r.walk`` on the same rasters.

``python -m tests.benchmarks.surface_grass [--cells N]``; needs ``grass`` on the path (Debian: ``grass-core``).

The ground is made here: hills of some hundred metres, four classes of ground, a river with a ford. GRASS
walks by Naismith's rule with Langmuir's corrections, so that is the formula in which the two are compared;
how much Tobler's differs from it is printed as well, for it is a choice and no error.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import rasterio
from numpy.typing import NDArray
from scipy import ndimage

from networks.surface import Surface
from networks.surface.search import NAISMITH

FloatArray = NDArray[np.float64]
CELL_M, WEST, NORTH, EPSG = 25.0, 500_000.0, 7_600_000.0, 25833
#: Flat pace for which the coefficients of r.walk hold, as km/h.
FLAT_KPH = 3.6 / NAISMITH[-1]


def ground(n: int, seed: int = 19) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """(n, n) heights in metres, km/h of the ground, and the river, with a ford in it."""
    rng = np.random.default_rng(seed)
    hills = ndimage.gaussian_filter(rng.normal(size=(n, n)), n / 30)
    height = 300.0 * hills / hills.std()
    kinds = ndimage.gaussian_filter(rng.normal(size=(n, n)), n / 60)
    speed = np.asarray([5.0, 4.0, 3.0, 1.5])[np.digitize(kinds / kinds.std(), [-0.5, 0.5, 1.2])]
    rows = np.arange(n)
    course = np.round(n / 2 + n / 10 * np.sin(rows / n * 6)).astype(int)
    river = np.zeros((n, n), dtype=bool)
    # Two cells wide: one cell from corner to corner lets GRASS through between two of its cells.
    for shift in (0, 1, 2):
        river[rows, np.clip(course + shift, 0, n - 1)] = True
    river[n // 4 : n // 4 + 3] = False
    return height, speed, river


def in_grass(folder: Path, layers: dict[str, FloatArray], command: Sequence[str]) -> FloatArray:
    """The raster that a command of GRASS writes as ``out``, NaN where there is none."""
    for name, values in layers.items():
        _write(folder / f"{name}.tif", values)
    first = next(iter(layers))
    steps = [f"r.in.gdal -o --quiet input={folder / name}.tif output={name}" for name in layers]
    steps += [f"g.region raster={first}", " ".join(command)]
    steps += [
        f"r.out.gdal -f --quiet input=out output={folder / 'out.tif'} type=Float64 createopt=COMPRESS=NONE"
    ]
    script = folder / "steps.sh"
    script.write_text("set -e\n" + "\n".join(steps) + "\n")
    shutil.rmtree(folder / "place", ignore_errors=True)
    (folder / "out.tif").unlink(missing_ok=True)
    called = ["grass", "-c", f"EPSG:{EPSG}", str(folder / "place"), "--exec", "bash", str(script)]
    done = subprocess.run(called, capture_output=True, text=True, check=False, env=os.environ)
    if done.returncode:
        raise RuntimeError(done.stderr)
    with rasterio.open(folder / "out.tif") as raster:
        values = raster.read(1, masked=True).astype(np.float64)
    filled: FloatArray = np.ma.filled(values, np.nan)
    return filled


def _write(path: Path, values: FloatArray) -> None:
    with rasterio.open(
        path, "w", driver="GTiff", height=values.shape[0], width=values.shape[1], count=1, dtype="float64",
        crs=f"EPSG:{EPSG}", transform=rasterio.Affine(CELL_M, 0, WEST, 0, -CELL_M, NORTH), nodata=-9999.0,
    ) as file:  # fmt: skip
        file.write(np.where(np.isnan(values), -9999.0, values), 1)


def ours(
    height: FloatArray | None,
    speed: FloatArray,
    cell: tuple[int, int],
    *,
    formula: str = "naismith",
    moves: int = 16,
    toward: bool = False,
) -> tuple[FloatArray, float]:
    """Seconds from (or to) a cell, NaN where nothing leads, and CPU seconds."""
    surface = Surface(
        speed.astype(np.float32),
        np.ones(speed.shape, np.uint8),
        None if height is None else height.astype(np.float32),
        WEST, NORTH, CELL_M, EPSG, formula=cast("Literal['tobler', 'naismith']", formula), moves=moves,
    )  # fmt: skip
    surface.least([0], toward=True, limit_min=0.1)
    began = time.process_time()
    least = surface.least([cell[0] * speed.shape[1] + cell[1]], toward=toward)
    spent = time.process_time() - began
    return np.where(np.isfinite(least.seconds), least.seconds, np.nan), spent


def compared(name: str, own: FloatArray, other: FloatArray, spent: float) -> dict[str, Any]:
    """One row of the table."""
    both = np.isfinite(own) & np.isfinite(other) & (other > 0)
    share = np.abs(own[both] - other[both]) / other[both]
    worst = np.flatnonzero(both.ravel())[int(np.argmax(share))]
    row, column = divmod(int(worst), own.shape[1])
    print(
        f"{name:44} median {np.median(share):9.4%}  worst {share.max():8.4%} "
        f"({own[row, column]:.0f} s, GRASS {other[row, column]:.0f} s at {row},{column})  "
        f"only ours {int((np.isfinite(own) & ~np.isfinite(other)).sum())}, "
        f"only GRASS {int((~np.isfinite(own) & np.isfinite(other)).sum())}, of {both.sum()}; {spent:.2f} CPU s"
    )
    return {"name": name, "median": float(np.median(share)), "worst": float(share.max())}


def compare(n: int) -> list[dict[str, Any]]:
    """All comparisons on a ground of n x n cells."""
    height, speed, river = ground(n)
    cell = (n // 2 + n // 20, n // 4)
    east, north = WEST + (cell[1] + 0.5) * CELL_M, NORTH - (cell[0] + 0.5) * CELL_M
    start = f"start_coordinates={east},{north}"
    even = np.full(speed.shape, FLAT_KPH)
    open_speed = np.where(river, 0.0, speed)
    friction = np.where(river, np.nan, CELL_M * 3.6 / speed)
    flat_even = np.where(river, np.nan, 0.0)
    rows = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for knight in ("", "-k"):
            moves = 16 if knight else 8
            cost = in_grass(folder, {"pace": friction}, ["r.cost", knight, "input=pace output=out", start])
            rows.append(
                compared(
                    f"r.cost {knight} ground, river",
                    *_paired(ours(None, open_speed, cell, moves=moves), cost),
                )
            )
            layers = {"dem": height, "friction": flat_even}
            walk = in_grass(
                folder, layers, ["r.walk", knight, "elevation=dem friction=friction output=out", start]
            )
            even_open = np.where(river, 0.0, even)
            own = ours(height, even_open, cell, moves=moves)
            rows.append(compared(f"r.walk {knight} slopes, river", *_paired(own, walk)))
    tobler, spent = ours(height, np.where(river, 0.0, even), cell, formula="tobler")
    rows.append(compared("Tobler beside r.walk -k (another formula)", tobler, walk, spent))
    back, spent = ours(height, np.where(river, 0.0, even), cell, formula="tobler", toward=True)
    out = tobler[np.isfinite(tobler) & (tobler > 0)]
    home = back[np.isfinite(back) & (back > 0)]
    print(f"Tobler, home by foot over out: median {np.median(home / out):.4f}, most {np.max(home / out):.4f}")
    return rows


def _paired(own: tuple[FloatArray, float], other: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    return own[0], other, own[1]


def main() -> None:
    """Print the comparison."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cells", type=int, default=400, help="side of the ground in cells")
    chosen = options.parse_args()
    if shutil.which("grass") is None:
        sys.exit("grass is not on the path (Debian: apt-get install grass-core)")
    compare(chosen.cells)


if __name__ == "__main__":
    main()
