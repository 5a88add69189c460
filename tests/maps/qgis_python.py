"""Opens a project in QGIS, without a window, and says what is there: run by the Python that QGIS is installed for.

``python3 tests/maps/qgis_python.py PROJECT FOLDER [THEME...]`` prints one JSON object and writes a picture for each
theme into the folder.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from qgis.core import (
    QgsApplication,
    QgsLayerTreeModel,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProject,
    QgsRenderContext,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize

WIDE, HIGH = 1100, 900


def drawn_rules(layer):
    """Label of a rule -> how many rows it draws."""
    renderer, context = layer.renderer().clone(), QgsRenderContext()
    context.setExpressionContext(layer.createExpressionContext())
    renderer.startRender(context, layer.fields())
    labels = {item.ruleKey(): item.label() for item in renderer.legendSymbolItems()}
    counts = {}
    for feature in layer.getFeatures():
        context.expressionContext().setFeature(feature)
        # The root rule is said to draw every row as well.
        for key in renderer.legendKeysForFeature(feature, context) & labels.keys():
            counts[labels[key]] = counts.get(labels[key], 0) + 1
    renderer.stopRender(context)
    return counts


def picture(project, theme, path):
    """Render a theme as the project first shows it."""
    root, settings = project.layerTreeRoot(), QgsMapSettings()
    project.mapThemeCollection().applyTheme(theme, root, QgsLayerTreeModel(root))
    settings.setLayers(project.mapThemeCollection().mapThemeVisibleLayers(theme))
    settings.setDestinationCrs(project.crs())
    settings.setOutputSize(QSize(WIDE, HIGH))
    settings.setOutputDpi(96)
    settings.setBackgroundColor(project.backgroundColor())
    settings.setExtent(project.viewSettings().defaultViewExtent())
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    job.renderedImage().save(str(path))
    return [error.message for error in job.errors()]


def main(project_file, folder, *themes):
    """Everything that a test asks of QGIS, in one start of it."""
    application = QgsApplication([], False)
    application.initQgis()
    project = QgsProject.instance()
    told = {"read": project.read(project_file), "crs": project.crs().authid(), "layers": {}, "errors": {}}
    told["themes"] = project.mapThemeCollection().mapThemes()
    for layer in project.mapLayers().values():
        source = layer.source()
        alone = QgsVectorLayer(source, "alone", "ogr")
        alone.loadDefaultStyle()
        told["layers"][source.rpartition("=")[2]] = {
            "valid": layer.isValid(),
            "rows": layer.featureCount(),
            "rules": drawn_rules(layer),
            "alone": drawn_rules(alone),
            "styles": layer.styleManager().styles(),
        }
    for theme in themes:
        told["errors"][theme] = picture(project, theme, Path(folder) / f"{len(told['errors'])}.png")
    print(json.dumps(told), flush=True)
    del project, application
    os._exit(0)  # QGIS may crash while Python clears up behind it


if __name__ == "__main__":
    main(*sys.argv[1:])
