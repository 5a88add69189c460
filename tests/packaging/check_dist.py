"""What is shipped: ``python tests/packaging/check_dist.py dist`` looks into the wheel and the sdist.

Clean: nothing but the four packages, the data and the metadata; small; the same bytes when it is built again (pass a
second folder); and only licences that a user may redistribute under (``--licences requirements.lock``).
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
import tarfile
import zipfile
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ROOMS = ("geoaccess/", "networks/", "optimise/", "maps/")
#: The embedded studies: their study files, and the map that one of them is made of.
OWN_EXTRACT = "/malta/malta.osm.pbf"
STUDIES = (
    "geoaccess/_data/nord-norge/study.toml",
    "geoaccess/_data/malta/study.toml",
    f"geoaccess/_data{OWN_EXTRACT}",
)
LARGEST_WHEEL_BYTES = 8_000_000
LARGEST_SDIST_BYTES = 12_000_000
_UNWANTED = re.compile(r"(^|/)(__pycache__|\.git|\.venv|runs|node_modules)(/|$)|\.pyc$|\.osm\.pbf$|\.net$")
#: Licences that would bind whoever ships the program; another licence offered beside them sets it free.
_BINDING = re.compile(r"AGPL|Affero|\bGPL|General Public License", re.IGNORECASE)
_FREEING = re.compile(r"LGPL|Lesser|MPL|Mozilla|MIT|BSD|Apache", re.IGNORECASE)


def faults_of_dist(folder: Path) -> list[str]:
    """What is wrong with the wheel and the sdist of a folder."""
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    faults = []
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    own = re.compile(r"geoaccess-[^/]+\.dist-info/")
    faults += [
        f"wheel: {name} does not belong" for name in names if not (name.startswith(ROOMS) or own.match(name))
    ]
    faults += [f"wheel: {room}py.typed is missing" for room in ROOMS if f"{room}py.typed" not in names]
    faults += [
        f"wheel: {name} is missing: the embedded studies are not whole"
        for name in STUDIES
        if name not in names
    ]
    with tarfile.open(sdist) as packed:
        names += packed.getnames()
    faults += [
        f"{name} does not belong"
        for name in names
        if _UNWANTED.search(name) and not name.endswith(OWN_EXTRACT)
    ]
    for path, most in ((wheel, LARGEST_WHEEL_BYTES), (sdist, LARGEST_SDIST_BYTES)):
        if path.stat().st_size > most:
            faults.append(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB, more than {most / 1e6:.0f}")
    return faults


def faults_of_licences(lock: Path) -> list[str]:
    """Locked packages that are installed and whose licence binds those who ship them."""
    faults = []
    for name in re.findall(r"^([A-Za-z0-9_.-]+)==", lock.read_text(encoding="utf-8"), flags=re.MULTILINE):
        try:
            told = metadata(name)
        except PackageNotFoundError:
            continue
        classifiers = [line for line in told.get_all("Classifier", []) if line.startswith("License")]
        licence = " ".join([told.get("License-Expression") or (told.get("License") or "")[:80], *classifiers])
        if _BINDING.search(licence) and not _FREEING.search(licence):
            faults.append(f"{name}: {licence.strip()}")
    return faults


def faults_of_rebuild(first: Path, second: Path) -> list[str]:
    """Files that differ between two builds."""
    return [
        f"{path.name}: two builds differ"
        for path in sorted(first.iterdir())
        if _digest(path) != _digest(second / path.name)
    ]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def main() -> None:
    """Check and tell; exit code 1 with faults."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dist", type=Path)
    parser.add_argument("again", type=Path, nargs="?")
    parser.add_argument("--licences", type=Path)
    options = parser.parse_args()
    faults = faults_of_dist(options.dist)
    faults += faults_of_rebuild(options.dist, options.again) if options.again else []
    faults += faults_of_licences(options.licences) if options.licences else []
    sizes = ", ".join(
        f"{path.name} {path.stat().st_size / 1e6:.2f} MB" for path in sorted(options.dist.iterdir())
    )
    sys.stdout.write("".join(f"{fault}\n" for fault in faults) or f"clean: {sizes}\n")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
