"""``geoaccess isochrones``: areas within minutes of places, or a raster of minutes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geoaccess.terminal.answered import snapped
from geoaccess.terminal.engine import engine_note, engine_option
from geoaccess.terminal.options import Figure, json_option, no_resources_option, quiet_option
from geoaccess.terminal.output import Output
from geoaccess.terminal.target import AREAS, RASTERS, File
from geoaccess.words.note import Note

if TYPE_CHECKING:
    from networks.engines import Engine


@click.command("isochrones")
@click.argument("network", metavar="NET", type=click.Path(path_type=Path))
@click.option(
    "--from", "origins", required=True, type=click.Path(path_type=Path), help="Table: id, lon, lat."
)
@click.option("--minutes", default="15,30,45,60", show_default=True, help="Limits, by commas.")
@click.option("-o", "--output", required=True, type=File((*AREAS, *RASTERS)), help=".gpkg, .geojson or .tif")
@click.option(
    "--direction",
    type=click.Choice(["from", "to"]),
    default="from",
    show_default=True,
    help="from the places outwards, or to them.",
)
@click.option(
    "--reach-m",
    type=Figure(min=1),
    default=500.0,
    show_default=True,
    help="Metres beside roads that count as reached.",
)
@click.option("--cell-m", type=Figure(min=1), default=250.0, show_default=True, help="Raster cell.")
@click.option("--each", is_flag=True, help="One area for each place, not one for the nearest of them.")
@click.option("--land/--no-land", default=False, help="Clip to the packed coastline of northern Europe.")
@click.option("--scenario", type=click.Path(path_type=Path), help="TOML file of a scenario.")
@engine_option
@no_resources_option
@json_option
@quiet_option
def command(
    network: Path,
    origins: Path,
    minutes: str,
    output: Path,
    direction: str,
    reach_m: float,
    cell_m: float,
    each: bool,
    land: bool,
    scenario: Path | None,
    engine: Engine,
    as_json: bool,
    quiet: bool,
) -> None:
    """Areas within minutes of places over NET: strips along the roads that are reached, no hulls over water.

    An ending of .tif gives a raster of minutes to the nearest place, up to the largest limit.
    """
    from geoaccess.ground.writing import beside
    from geoaccess.questions.matrix.answer import join, read_points, snapping_facts, under_scenario
    from maps import land as coast
    from networks import isochrone_areas, load_network, save_raster, travel_time_raster
    from networks.engines import using_engine

    out = Output(json=as_json, quiet=quiet)
    try:
        limits = [float(text) for text in minutes.split(",")]
    except ValueError as error:
        raise click.BadParameter(
            Note("fault.minutes_by_commas", text=minutes), param_hint="--minutes"
        ) from error
    with out.step("reading the network"):
        loaded = under_scenario(load_network(network), scenario)
    points = read_points(origins)
    joined = join(loaded, points)
    facts = snapping_facts(points, joined)
    out.note(Note("say.snapped", points=out.told("places"), facts=snapped(out, facts)))
    clip = coast() if land else None
    if output.suffix.lower() in RASTERS:
        with out.step("minutes of every cell"), using_engine(engine) as engines:
            raster = travel_time_raster(
                loaded,
                joined,
                cell_m=cell_m,
                reach_m=reach_m,
                direction="from" if direction == "from" else "to",
                limit_min=max(limits),
                land=clip,
            )
        save_raster(raster, output, tags={"overlays": "; ".join(loaded.overlays)})
        rows, columns = raster.minutes.shape
        out.say(Note("say.isochrones.raster", rows=rows, columns=columns, metres=cell_m, path=str(output)))
        out.note(engine_note(engines))
        out.result(
            {"rows": rows, "columns": columns, "engine": engines.as_dict(), "output": output, "places": facts}
        )
        return
    with out.step("areas"), using_engine(engine) as engines:
        areas = isochrone_areas(
            loaded,
            joined,
            minutes=limits,
            direction="from" if direction == "from" else "to",
            reach_m=reach_m,
            each=each,
            land=clip,
        )
    areas["place_id"] = [points.ids[place] if place >= 0 else "nearest" for place in areas["place"]]
    with beside(output) as part:
        driver = "GPKG" if output.suffix.lower() == ".gpkg" else "GeoJSON"
        # The part being written has no name that a layer may have.
        areas.to_file(part, driver=driver, layer="isochrones", engine="pyogrio")
    columns_shown = {"place_id": "from", "minutes": "within min", "road_km": "road km reached"}
    out.table("Reached", columns_shown, areas.replace({"place_id": {"nearest": out.told("nearest")}}))
    out.say(Note("say.written", path=str(output)))
    shown = areas[["place_id", "minutes", "road_km"]].to_dict(orient="records")
    out.note(engine_note(engines))
    out.result(
        {
            "areas": shown,
            "engine": engines.as_dict(),
            "output": output,
            "overlays": loaded.overlays,
            "places": facts,
        }
    )
