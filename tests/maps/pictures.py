"""The pictures of the documentation: commands on the embedded study, opened and photographed.

``python -m tests.documentation.refresh maps.md`` makes them all anew (needs Chromium, and Pillow, which Matplotlib
brings), ``pictures/times.png`` only that one. The page ``geoaccess/docs/maps.md`` shows each with its commands and one sentence; a test
makes them again, and compares them with a tolerance for letters drawn a little differently.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from browser import ARGUMENTS, CONTEXT, chromium
from fonts import use_own_fonts
from said import said

import geoaccess
from geoaccess.ground.paths import embedded_studies

FOLDER = Path(geoaccess.__file__).parent / "docs" / "pictures"
#: Says of which data the pictures are.
DIGEST = FOLDER / "data.sha256"
WIDTH, HEIGHT = 1200, 800
#: Colours of a stored picture that are kept exactly.
_FILLING = 128
ACCESS = "geoaccess access nord-norge --scenario base --scenario bognes-out -o runs/access"
PLACE = "geoaccess place nord-norge ambulance --alternatives 3 -o runs/place"


def data_digest() -> str:
    """Digest of the embedded study that the pictures show."""
    digest = hashlib.sha256()
    for path in sorted(embedded_studies()["nord-norge"].iterdir()):
        if path.suffix in {".csv", ".toml"}:
            digest.update(path.read_bytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class Picture:
    """One picture of the documentation.

    Attributes:
        name: file name without its ending.
        page: HTML file that the commands write.
        commands: how the page is made, in order.
        address: state of the page, after the #.
    """

    name: str
    page: str
    commands: tuple[str, ...]
    address: str = ""


def _asked(name: str, question: str, address: str = "", *, before: tuple[str, ...] = ()) -> Picture:
    page = f"{name}.html"
    return Picture(name, page, (*before, f"geoaccess map {question} -o {page}"), address)


PICTURES = (
    Picture("times", "runs/access/map.html", (ACCESS,), "view=akuttmottak-base"),
    Picture("coverage", "runs/access/map.html", (ACCESS,), "view=within-akuttmottak-base"),
    Picture("catchments", "runs/access/map.html", (ACCESS,), "view=served-akuttmottak-base"),
    Picture("placement", "runs/place/map.html", (PLACE,), "view=after&swipe=0.35"),
    Picture("alternatives", "runs/place/map.html", (PLACE,), "view=alternative-3"),
    _asked("bokmal", "runs/place --lang nb", "view=change", before=(PLACE,)),
    _asked("difference", "runs/access --scenarios base bognes-out", before=(ACCESS,)),
    _asked("frontier", "nord-norge --frontier ambulance --sites 0..6"),
    _asked("losses", "nord-norge --losses ferries,passes,facilities"),
    _asked("clocks", "nord-norge --clocks", "view=total-stroke&at=69.9,22.2,8&item={Skjervøy},settlements"),
    _asked("route", "nord-norge --route Bodø Tromsø"),
    _asked("isochrones", "nord-norge --isochrones akuttmottak"),
)


@contextlib.contextmanager
def pages(pictures: Iterable[Picture]) -> Iterator[dict[str, Path]]:
    """Picture name -> page, made in a folder of its own by the commands, each once."""
    wanted = list(pictures)
    home = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            for command in dict.fromkeys(command for one in wanted for command in one.commands):
                _run(command)
            yield {one.name: Path(folder) / one.page for one in wanted}
        finally:
            os.chdir(home)


def _run(command: str) -> None:
    told = said(command, joined=True)
    if told.code:
        raise RuntimeError(f"{command}: exit code {told.code}\n{told.out}")


def photograph(page: Any, picture: Picture, path: Path) -> NDArray[np.uint8]:
    """The picture of an open browser page, as (height, width, 3) colours.

    A place in the address is written as its name in braces; the page knows the number of its row.
    """
    address = picture.address
    before, brace, rest = address.partition("{")
    if brace:
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready=true]", state="attached")
        name, _, after = rest.partition("}")
        row = page.evaluate("name => geoaccess.layerOf('settlements').labels.indexOf(name)", name)
        address = f"{before}{row}{after}"
    # From another page, so that the address is read and not only changed.
    page.goto("about:blank")
    page.goto(f"{path.as_uri()}#{address}" if address else path.as_uri())
    page.wait_for_selector("html[data-ready=true]", state="attached")
    return _at_rest(page)


def _at_rest(page: Any) -> NDArray[np.uint8]:
    """The page when it has stopped moving: the map pans to make room for an open card."""
    before = _shot(page)
    for _ in range(40):
        page.wait_for_timeout(250)
        now = _shot(page)
        if np.array_equal(before, now):
            return now
        before = now
    raise RuntimeError("the page moves for more than ten seconds")


def _shot(page: Any) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(page.screenshot())) as shot:
        return np.asarray(shot.convert("RGB"))


def save(colours: NDArray[np.uint8], path: Path) -> None:
    """A small PNG of 256 colours: those that fill the picture as they are, the others as near as may be."""
    picture = Image.fromarray(colours)
    found, counts = np.unique(colours.reshape(-1, 3), axis=0, return_counts=True)
    filling = found[np.argsort(-counts, kind="stable")[:_FILLING]]
    spread = picture.quantize(256 - _FILLING, Image.Quantize.MAXCOVERAGE).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([*filling.flatten().tolist(), *spread])
    picture.quantize(palette=palette, dither=Image.Dither.NONE).save(path, optimize=True)


def difference(one: NDArray[np.uint8], other: NDArray[np.uint8], *, seen: int = 40, blur: int = 4) -> float:
    """Share of the picture in which a person would see a difference.

    Both are averaged over squares of ``blur`` pixels, so that the edges of letters do not count; a square differs
    where a colour is more than ``seen`` of 255 apart. Pictures of other sizes differ everywhere.
    """
    if one.shape != other.shape:
        return 1.0
    means = []
    for picture in (one, other):
        height, width = (size - size % blur for size in picture.shape[:2])
        squares = picture[:height, :width].reshape(height // blur, blur, width // blur, blur, 3)
        means.append(squares.mean(axis=(1, 3)))
    return float((np.abs(means[0] - means[1]).max(axis=2) > seen).mean())


PAGES = ("maps.md", *(f"pictures/{one.name}.png" for one in PICTURES))


def rewrite(page: str) -> None:
    """Make all pictures of the page, or one of them."""
    from playwright.sync_api import sync_playwright

    chosen = [one for one in PICTURES if page in {"maps.md", f"pictures/{one.name}.png"}]
    use_own_fonts()
    FOLDER.mkdir(exist_ok=True)
    with pages(chosen) as made, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        context = browser.new_context(
            **CONTEXT, viewport={"width": WIDTH, "height": HEIGHT}, reduced_motion="reduce", offline=True
        )
        for picture in chosen:
            target = FOLDER / f"{picture.name}.png"
            save(photograph(context.new_page(), picture, made[picture.name]), target)
            print(f"{target.name}: {target.stat().st_size / 1000:.0f} kB")
        browser.close()
    if len(chosen) == len(PICTURES):
        DIGEST.write_text(data_digest() + "\n", encoding="ascii")
