"""The algorithms as QGIS sees them: layers in, the geoaccess program as a process, layers out."""

from __future__ import annotations

import csv
import json
import os
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeatureRequest,
    QgsProcessing,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingOutputFile,
    QgsProcessingOutputVectorLayer,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
    QgsProcessingParameterVectorDestination,
    QgsProcessingProvider,
    QgsSettings,
    QgsVectorFileWriter,
    QgsVectorLayer,
)

from . import commands
from .commands import ALGORITHMS, Algorithm, Parameter

#: The program that `geoaccess qgis install` was run with.
PROGRAM = Path(__file__).with_name("program.json")
#: An answer that a limit stopped with a solution.
_STOPPED = 5
_WORLD = "EPSG:4326"


def _told(text: commands.Text) -> str:
    """A text in QGIS' language: bokmål for Norwegian, else English."""
    locale = str(QgsSettings().value("locale/userLocale", "") or "")
    return text[locale[:2] in {"nb", "no", "nn"}]


class Plugin:
    """What QGIS loads."""

    def __init__(self) -> None:
        self.provider = Provider()

    def initProcessing(self) -> None:  # noqa: N802 - a name that QGIS gives, as are those below
        """Called alone where there are no windows (``qgis_process``)."""
        QgsApplication.processingRegistry().addProvider(self.provider)

    def initGui(self) -> None:  # noqa: N802
        """Called with windows."""
        self.initProcessing()

    def unload(self) -> None:
        """Take the algorithms away again."""
        QgsApplication.processingRegistry().removeProvider(self.provider)


class Provider(QgsProcessingProvider):
    """The toolbox's group of algorithms."""

    def id(self) -> str:
        """Before the colon: ``geoaccess:place``."""
        return "geoaccess"

    def name(self) -> str:
        """Heading in the toolbox."""
        return "geoaccess"

    def loadAlgorithms(self) -> None:  # noqa: N802
        """One algorithm for each row of :data:`commands.ALGORITHMS`."""
        for row in ALGORITHMS:
            self.addAlgorithm(Asking(row))


class Asking(QgsProcessingAlgorithm):
    """Asks the geoaccess program one question."""

    def __init__(self, row: Algorithm) -> None:
        super().__init__()
        self.row = row

    def createInstance(self) -> Asking:  # noqa: N802
        """Another one."""
        return Asking(self.row)

    def name(self) -> str:
        """After the colon."""
        return self.row.name

    def displayName(self) -> str:  # noqa: N802
        """In the toolbox."""
        return _told(self.row.title)

    def shortHelpString(self) -> str:  # noqa: N802
        """In the dialogue."""
        return _told(self.row.told)

    def initAlgorithm(self, configuration: Any = None) -> None:  # noqa: N802, ANN401
        """Declare what goes in and what comes out."""
        del configuration
        for one in self.row.parameters:
            self.addParameter(_parameter(one))
        name, label = self.row.output, _told(("Result", "Resultat"))
        if self.row.result in {commands.ANSWER, commands.STUDY_FOLDER}:
            self.addParameter(QgsProcessingParameterFolderDestination(name, label))
        elif self.row.result == commands.NETWORK:
            self.addParameter(QgsProcessingParameterFileDestination(name, label, "geoaccess (*.net)"))
        else:
            self.addParameter(QgsProcessingParameterVectorDestination(name, label))
        if self.row.result == commands.ANSWER:
            self.addOutput(QgsProcessingOutputVectorLayer("PLACES", _told(("Places", "Steder"))))
            self.addOutput(QgsProcessingOutputFile("PROJECT", _told(("QGIS project", "QGIS-prosjekt"))))

    def processAlgorithm(self, parameters: Any, context: Any, feedback: Any) -> dict[str, str]:  # noqa: N802, ANN401
        """Ask, and load what was answered."""
        with tempfile.TemporaryDirectory(prefix="geoaccess-") as folder:
            values = {
                one.name: self._value(one, parameters, context, Path(folder)) for one in self.row.parameters
            }
            target = self._target(parameters, context)
            _run(
                [*json.loads(PROGRAM.read_text(encoding="utf-8")), *self.row.arguments(values, target)],
                feedback,
            )
        made = {self.row.output: target}
        if self.row.result == commands.ANSWER:
            made |= _loaded(Path(target), context)
        return made

    def _target(self, parameters: Any, context: Any) -> str:  # noqa: ANN401
        """Where the result goes; an empty folder that QGIS made gives way to that of geoaccess."""
        if self.row.result in {commands.ANSWER, commands.STUDY_FOLDER}:
            target = Path(self.parameterAsString(parameters, self.row.output, context))
            if target.is_dir() and not any(target.iterdir()):
                target.rmdir()
            return str(target)
        if self.row.result == commands.NETWORK:
            return str(self.parameterAsFileOutput(parameters, self.row.output, context))
        return str(self.parameterAsOutputLayer(parameters, self.row.output, context))

    def _value(self, one: Parameter, parameters: Any, context: Any, folder: Path) -> str:  # noqa: ANN401
        """A value as the program reads it; layers become files."""
        if one.sort in {commands.POINTS, commands.POLYGONS}:
            source = self.parameterAsSource(parameters, one.name, context)
            if source is None:
                return ""
            write = _points_file if one.sort == commands.POINTS else _polygons_file
            return str(write(source, folder / one.name.lower(), context))
        if one.sort == commands.CHOICE:
            return str(one.choices[self.parameterAsEnum(parameters, one.name, context)])
        if one.sort == commands.NUMBER and parameters.get(one.name) is None:
            return ""
        return str(self.parameterAsString(parameters, one.name, context))


def _parameter(one: Parameter) -> Any:  # noqa: ANN401 - any class of QGIS' parameters
    label = _told(one.label)
    if one.sort in {commands.POINTS, commands.POLYGONS}:
        points = one.sort == commands.POINTS
        kinds = [QgsProcessing.TypeVectorPoint if points else QgsProcessing.TypeVectorPolygon]
        return QgsProcessingParameterFeatureSource(one.name, label, kinds, optional=one.optional)
    if one.sort == commands.CHOICE:
        return QgsProcessingParameterEnum(
            one.name, label, options=list(one.choices), defaultValue=one.choices.index(str(one.default))
        )
    if one.sort == commands.NUMBER:
        return QgsProcessingParameterNumber(one.name, label, optional=one.optional, minValue=0)
    if one.sort == commands.FILE:
        return QgsProcessingParameterFile(one.name, label, optional=one.optional)
    return QgsProcessingParameterString(one.name, label, defaultValue=one.default, optional=one.optional)


def _run(command: list[str], feedback: Any) -> None:  # noqa: ANN401
    """Run the program, telling what it tells, without the variables of the Python that QGIS runs.

    Raises:
        QgsProcessingException: it failed, or the user stopped it.
    """
    feedback.pushCommandInfo(" ".join(command))
    own = {name: value for name, value in os.environ.items() if name not in {"PYTHONHOME", "PYTHONPATH"}}
    with subprocess.Popen(
        command, env=own, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        told = list(_lines(process, feedback))
    if feedback.isCanceled() or process.returncode not in {0, _STOPPED}:
        raise QgsProcessingException("\n".join(told) or f"geoaccess: {process.returncode}")


def _lines(process: Any, feedback: Any) -> Iterator[str]:  # noqa: ANN401
    for line in process.stderr:
        feedback.pushInfo(line.rstrip())
        yield line.rstrip()
        if feedback.isCanceled():
            process.terminate()


def _points_file(source: Any, path: Path, context: Any) -> str:  # noqa: ANN401
    """The points of a layer as a table with ``id``, their fields, and ``lon, lat`` of their geometry."""
    world = QgsCoordinateReferenceSystem(_WORLD)
    turned = QgsCoordinateTransform(source.sourceCrs(), world, context.transformContext())
    taken = {"lon", "lat"}
    fields = [field.name() for field in source.fields() if field.name().lower() not in taken]
    has_id = "id" in fields
    target = path.with_suffix(".csv")
    with target.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow([*([] if has_id else ["id"]), *fields, "lon", "lat"])
        for feature in source.getFeatures():
            if not feature.hasGeometry():
                raise QgsProcessingException(f"{source.sourceName()}: {feature.id()}: -")
            at = turned.transform(feature.geometry().centroid().asPoint())
            cells = [_cell(feature[name]) for name in fields]
            rows.writerow([*([] if has_id else [feature.id()]), *cells, repr(at.x()), repr(at.y())])
    return str(target)


def _cell(value: Any) -> Any:  # noqa: ANN401
    """A value of a field; QGIS' own null is nothing."""
    return "" if value is None or (hasattr(value, "isNull") and value.isNull()) else value


def _polygons_file(source: Any, path: Path, context: Any) -> str:  # noqa: ANN401
    layer: QgsVectorLayer = source.materialize(QgsFeatureRequest())
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = "GPKG"
    target = path.with_suffix(".gpkg")
    write = QgsVectorFileWriter.writeAsVectorFormatV3
    write(layer, str(target), context.transformContext(), options)
    return str(target)


def _loaded(folder: Path, context: Any) -> dict[str, str]:  # noqa: ANN401
    """The layers of an answer, loaded with their styles when QGIS has windows and a project."""
    package = folder / "results.gpkg"
    if not package.is_file():
        return {}
    with closing(sqlite3.connect(package)) as store:
        told = store.execute(
            "SELECT table_name FROM gpkg_contents WHERE data_type = 'features' ORDER BY rowid"
        )
        names = [str(name) for (name,) in told]
    if context.project():
        # Each is put on top of the one before; the uppermost stands first in the file.
        for name in reversed(names):
            details = QgsProcessingContext.LayerDetails(name, context.project(), name)
            context.addLayerToLoadOnCompletion(f"{package}|layername={name}", details)
    made = {"PROJECT": str(package.with_suffix(".qgz"))}
    return made | ({"PLACES": f"{package}|layername=places"} if "places" in names else {})
