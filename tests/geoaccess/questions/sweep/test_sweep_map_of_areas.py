"""A sweep of a study with municipal areas: its answer has no municipalities, and is drawn without their areas."""

from __future__ import annotations

import json

from geoaccess.answers.answer import answer_folder
from geoaccess.cli.app import run


def test_a_sweep_of_a_study_with_areas_is_drawn_and_written(fjord, tmp_path):
    codes = [
        line.split(",")[0] for line in (fjord / "municipalities.csv").read_text("utf-8").splitlines()[1:]
    ]
    square = [[[17.0, 68.5], [19.0, 68.5], [19.0, 70.0], [17.0, 70.0], [17.0, 68.5]]]
    features = [
        {
            "type": "Feature",
            "properties": {"nr": code},
            "geometry": {"type": "Polygon", "coordinates": square},
        }
        for code in codes
    ]
    areas = {"type": "FeatureCollection", "features": features}
    (fjord / "areas.geojson").write_text(json.dumps(areas), encoding="utf-8")
    text = (fjord / "study.toml").read_text(encoding="utf-8")
    told = '[municipalities]\nboundaries = "areas.geojson"\nboundaries_code = "nr"\n'
    assert text.count("[municipalities]\n") == 1
    (fjord / "study.toml").write_text(text.replace("[municipalities]\n", told), encoding="utf-8")
    folder = tmp_path / "run"
    assert run(["sweep", str(fjord), "--to", "hospital", "-o", str(folder), "-q"]) == 0
    assert (answer_folder(folder) / "map.html").is_file()
