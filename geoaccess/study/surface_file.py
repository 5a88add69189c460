"""The ground between homes and roads: what ``[network.access] surface`` names, read and joined to a network.

It names a raster of speeds in km/h, or a file that says what a raster of land cover means::

    cover = "cover.tif"
    elevation = "heights.tif"
    barriers = "rivers.gpkg"

    [ground.30]
    name = "forest"
    speed_kph = 3.0

    [ground.80]
    name = "fjord"
    speed_kph = 15
    way = "boat"
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator

from geoaccess.ground.errors import DataError
from geoaccess.study.reading import read_section
from geoaccess.study.schema import StudyConfig
from geoaccess.study.section_base import Section
from networks import TravelNetwork
from networks.errors import Fault, NetworkDataError
from networks.surface.grid import CHANGE_MIN, Formula, Ground, Surface, Way

if TYPE_CHECKING:
    from networks.surface import RoadReach

#: A file of this ending says what a raster of land cover means; any other is a raster of speeds.
_SAID_IN = ".toml"


class GroundSection(Section):
    """How a class of land cover is crossed."""

    name: str = Field(default="", description="what it is, for people")
    speed_kph: Annotated[float, Field(ge=0, le=200)] = Field(
        description="speed on level ground, km/h; 0 = it cannot be crossed; Tobler's on a path is 5.04"
    )
    way: Way = Field(default="walk", description="how one moves; slopes change the speed on foot only")
    source: str = Field(default="", description="where the speed comes from")


class SurfaceFile(Section):
    """A surface: the ground between homes and roads."""

    cover: str = Field(default="", description="raster of classes of land cover; it sets extent and cells")
    speeds: str = Field(default="", description="raster of km/h on level ground instead of classes")
    way: Way = Field(default="walk", description="how one moves on a raster of speeds")
    elevation: str = Field(default="", description="raster of metres above the sea; empty = all is level")
    barriers: str = Field(default="", description="lines, polygons or a raster of what cannot be crossed")
    cell_m: float | None = Field(default=None, gt=0, description="side of a cell; none = that of the raster")
    crs: str | None = Field(default=None, description="e.g. EPSG:25833, where the rasters lack it")
    walking: Formula = Field(default="tobler", description="what slopes do to people on foot")
    change_min: float = Field(
        default=CHANGE_MIN, ge=0, le=600, description="minutes to change the way of moving (our assumption)"
    )
    ground: dict[str, GroundSection] = Field(default_factory=dict, description="class -> how it is crossed")

    @model_validator(mode="after")
    def _one_raster(self) -> SurfaceFile:
        if bool(self.cover) == bool(self.speeds):
            raise ValueError("say either cover (classes of land cover) or speeds (km/h)")
        wrong = [name for name in self.ground if not name.lstrip("-").isdigit()]
        if wrong:
            raise ValueError("the classes of land cover are whole numbers")
        return self


def surface_files(folder: Path, config: StudyConfig) -> tuple[Path, ...]:
    """Every file that a study's surface is made of, itself first; none without one.

    Raises:
        DataError: the file that says it cannot be read, or a file is not there; all listed.
    """
    name = config.network.access.surface
    if not name:
        return ()
    file = folder / name
    found = [file]
    if file.suffix.lower() == _SAID_IN and file.is_file():
        said = read_section(file, SurfaceFile)
        found += [
            file.parent / one for one in (said.cover, said.speeds, said.elevation, said.barriers) if one
        ]
    faults = [Fault("file not found", where=one.name, value=str(one)) for one in found if not one.is_file()]
    if faults:
        raise DataError(faults)
    return tuple(found)


def read_study_surface(folder: Path, config: StudyConfig, *, epsg: int) -> Surface:
    """The surface that a study names, in the metric CRS of its network.

    Raises:
        DataError: a file is not there, cannot be read, or says what cannot be.
    """
    from networks.surface import Layers, read_speeds, read_surface  # noqa: PLC0415 - rasters want rasterio

    file = surface_files(folder, config)[0]
    try:
        if file.suffix.lower() != _SAID_IN:
            return read_speeds(file, Layers(epsg))
        said = read_section(file, SurfaceFile)
        layers = Layers(
            epsg=epsg,
            elevation=file.parent / said.elevation if said.elevation else None,
            barriers=file.parent / said.barriers if said.barriers else None,
            cell_m=said.cell_m,
            change_min=said.change_min,
            formula=said.walking,
            crs=said.crs,
        )
        if said.speeds:
            return read_speeds(file.parent / said.speeds, layers, way=said.way)
        grounds = {int(name): Ground(one.speed_kph, one.way) for name, one in said.ground.items()}
        return read_surface(file.parent / said.cover, grounds, layers)
    except NetworkDataError as error:
        raise DataError(error.faults) from error


def study_reach(folder: Path, config: StudyConfig, network: TravelNetwork) -> RoadReach | None:
    """The way from every cell of a study's surface to its roads; None where the study names no surface.

    Raises:
        DataError: the surface cannot be read, or no road runs through it.
    """
    if not config.network.access.surface:
        return None
    from networks.surface import road_reach  # noqa: PLC0415 - rasters want rasterio

    surface = read_study_surface(folder, config, epsg=network.metric_epsg)
    try:
        return road_reach(network, surface)
    except NetworkDataError as error:
        raise DataError(error.faults) from error
