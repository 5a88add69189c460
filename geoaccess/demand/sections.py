"""What a study file may say of demand beyond a table of points: rasters, grids, totals, projections.

The descriptions are the documentation of the keys; keys that are not here are refused.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from geoaccess.ground.errors import UnknownNameError
from geoaccess.ground.sections import StrictSection

Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Degrees = tuple[Longitude, Latitude, Longitude, Latitude]


class DemandSection(StrictSection):
    """A table of the study file: frozen, and strict about its keys."""


class RasterSource(DemandSection):
    """A raster of persons per cell."""

    file: str = Field(description="raster file")
    bands: dict[str, Annotated[int, Field(ge=1)]] = Field(min_length=1, description="weight -> band, from 1")
    nodata: float | None = Field(
        default=None, allow_inf_nan=True, description="value of missing cells, where the file lacks it"
    )
    crs: str | None = Field(default=None, description="e.g. EPSG:25833, where the file lacks it")
    bounds: Degrees | None = Field(default=None, description="west, south, east, north in degrees")


class GridSource(DemandSection):
    """A file of polygon cells."""

    file: str = Field(description="file of cells")
    weights: dict[str, str] = Field(min_length=1, description="weight -> column")
    id: str = Field(default="", description="column of unique ids; empty = number of the row")
    name: str = Field(default="", description="column of names")
    municipality: str = Field(default="", description="column of municipality codes; empty = by the polygons")
    layer: str | None = Field(default=None, description="layer of the file")
    crs: str | None = Field(default=None, description="e.g. EPSG:3067, where the file lacks it")


class SsbGridSource(DemandSection):
    """A table of SSB's national grid, which names cells by number."""

    file: str = Field(description="table of cells")
    weights: dict[str, str] = Field(min_length=1, description="weight -> column")
    id: str = Field(description="column of cell numbers, e.g. ssbid0250m")
    size_m: int = Field(gt=0, description="side of a cell, e.g. 250")
    municipality: str = Field(default="", description="column of municipality codes; empty = by the polygons")


class Rescale(DemandSection):
    """How a weight comes to its official municipal totals."""

    whole: bool = Field(default=True, description="whole persons by largest remainder; else fractions")
    raised: float | None = Field(
        default=None, gt=0, description="value that small cells were raised to (SSB: 5)"
    )
    least: float = Field(default=1.0, ge=0, description="fewest persons of a raised cell")


class DemandSource(DemandSection):
    """Demand from a raster or a grid instead of a table of points."""

    raster: RasterSource | None = Field(default=None, description="a raster of persons per cell")
    grid: GridSource | None = Field(default=None, description="a file of polygon cells")
    ssb_grid: SsbGridSource | None = Field(default=None, description="a table of SSB's grid")
    nearest_within_m: float = Field(
        default=0.0, ge=0, description="points outside every municipality are given to one this near"
    )
    rescale: dict[str, Rescale] = Field(
        default_factory=dict, description="weight -> how it comes to the official totals"
    )
    cells_m: float | None = Field(
        default=None, gt=0, description="join points in square cells of this side; the error is reported"
    )

    @model_validator(mode="after")
    def _one_source(self) -> DemandSource:
        if sum(source is not None for source in (self.raster, self.grid, self.ssb_grid)) != 1:
            raise ValueError("say one of raster, grid and ssb_grid")
        return self


class ProjectionSection(DemandSection):
    """A projection of people by municipality and age, for --year."""

    table: str = Field(description="population table exported from SSB's statistics bank, tidy or wide")
    source: str = Field(min_length=1, description="which table, alternative and year of publication")
    ages: dict[str, str] = Field(min_length=1, description="weight -> ages it counts, e.g. people = '0+'")
    unchanged: tuple[str, ...] = Field(default=(), description="weights that stay as in the base year")
    contents: str | None = Field(default=None, description="alternative, where the table has several")
    whole: bool = Field(default=False, description="whole persons by largest remainder; else fractions")
    variants: dict[str, str] = Field(
        default_factory=dict, description="name for --variant -> alternative of the table, e.g. low = 'LLML'"
    )
    variants_note: str = Field(
        default="", description="what a reader must know of a variant that is not the usual one"
    )

    def of_variant(self, name: str) -> ProjectionSection:
        """The projection by one of its variants.

        Raises:
            UnknownNameError: it has no such variant.
        """
        if name not in self.variants:
            raise UnknownNameError("variant of the projection", name, sorted(self.variants))
        usual = self.variants[name] == self.contents
        source = self.source if usual else f"{self.source}; variant {name}. {self.variants_note}".strip()
        return self.model_copy(update={"contents": self.variants[name], "source": source})
