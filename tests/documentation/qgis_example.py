"""Make ``fjord.gpkg`` and ``fjord.qgz`` of the documentation with QGIS itself, without a window.

``QT_QPA_PLATFORM=offscreen /usr/bin/python3 tests/documentation/qgis_example.py`` with the Python that QGIS belongs to.
People and a hospital are layers in metres (EPSG:25833), municipalities are polygons; one layer has a filter in the project.
"""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeature,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsVectorFileWriter,
    QgsVectorLayer,
)

sys.path.insert(0, str(Path(__file__).resolve().parent))
from fjord import AREAS, FACILITIES, VILLAGES

FOLDER = Path(__file__).resolve().parents[2] / "geoaccess" / "docs" / "examples"
METRES = "EPSG:25833"
#: A place of work where nobody lives, as such tables have them: the project's filter leaves it out.
NOBODY = ("Kraftstasjonen", 68.50, 15.60, 0)


def layer(kind, name, fields, rows, project):
    """A layer of these rows: (values, corners or point in degrees)."""
    to_metres = QgsCoordinateTransform(
        QgsCoordinateReferenceSystem("EPSG:4326"), QgsCoordinateReferenceSystem(METRES), project
    )
    made = QgsVectorLayer(f"{kind}?crs={METRES}&{fields}", name, "memory")
    for values, corners in rows:
        points = [to_metres.transform(QgsPointXY(lon, lat)) for lat, lon in corners]
        feature = QgsFeature(made.fields())
        feature.setAttributes(list(values))
        is_point = kind == "Point"
        feature.setGeometry(
            QgsGeometry.fromPointXY(points[0]) if is_point else QgsGeometry.fromPolygonXY([points])
        )
        made.dataProvider().addFeature(feature)
    return made


def main():
    """Write both files."""
    application = QgsApplication([], False)
    application.initQgis()
    project = QgsProject.instance()
    people = [((name, count), [(lat, lon)]) for name, lat, lon, count in (*VILLAGES.values(), NOBODY)]
    care = [((name, kind), [(lat, lon)]) for name, kind, lat, lon in FACILITIES]
    areas = [((code, name), [*ring, ring[0]]) for code, name, ring in AREAS]
    layers = (
        layer("Polygon", "Kommuner", "field=kommunenr:string&field=navn:string", areas, project),
        layer("Point", "Bosetting", "field=navn:string&field=innbyggere:integer", people, project),
        layer("Point", "Helsetilbud", "field=navn:string&field=type:string", care, project),
    )
    target = FOLDER / "fjord.gpkg"
    target.unlink(missing_ok=True)
    for made in layers:
        options = QgsVectorFileWriter.SaveVectorOptions()
        options.driverName, options.layerName = "GPKG", made.name().lower()
        if target.exists():
            options.actionOnExistingFile = QgsVectorFileWriter.CreateOrOverwriteLayer
        written = QgsVectorFileWriter.writeAsVectorFormatV3(
            made, str(target), project.transformContext(), options
        )
        assert written[0] == QgsVectorFileWriter.NoError, written
        kept = QgsVectorLayer(f"{target}|layername={options.layerName}", made.name(), "ogr")
        if made.name() == "Bosetting":
            assert kept.setSubsetString('"innbyggere" > 0')
        project.addMapLayer(kept)
    project.setTitle("Beredskap ved fjorden")
    project.setCrs(QgsCoordinateReferenceSystem(METRES))
    assert project.write(str(FOLDER / "fjord.qgz"))
    application.exitQgis()
    with closing(sqlite3.connect(target)) as kept:  # one file: what QGIS keeps beside it belongs into it
        kept.execute("PRAGMA journal_mode = DELETE")


if __name__ == "__main__":
    main()
