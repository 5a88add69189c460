"""The film of the documentation: twelve pictures of a choice, from the open page to the command line.

``python -m tests.documentation.refresh pictures/film`` makes them anew (needs Chromium and Pillow): one page of the
embedded study, opened and used as a reader would. ``geoaccess/docs/what-if.md`` shows them with what is done in each.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
from PIL import Image, ImageDraw, ImageFont

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from browser import ARGUMENTS, CONTEXT, chromium
from fonts import use_own_fonts
from said import said

import geoaccess

FOLDER = Path(geoaccess.__file__).parent / "docs" / "pictures"
WIDTH, HEIGHT = 1180, 760
PLACE = "geoaccess place nord-norge ambulance --sites 3 -o runs/three"
BACK = "geoaccess place nord-norge ambulance --sites-file choice.json"
PAGES = ("pictures/film",)


def choose(page: Any, name: str, *, opened: bool) -> None:
    """Find a site in the list and check or uncheck it."""
    page.get_by_label("Find a site").fill(name)
    box = page.locator("#choice-sites li", has_text=name).locator("input").first
    box.set_checked(opened)


def unfold(page: Any, name: str) -> None:
    """Open one part of the panel, the others closed, and bring it into sight."""
    page.evaluate(
        """(id) => {
          for (const one of document.querySelectorAll("#choice details")) one.open = one.id === id;
          document.getElementById(id).scrollIntoView();
        }""",
        f"choice-{name}",
    )


def brush(page: Any, first: str, last: str) -> None:
    """Choose the people between two times, by the fields below the curve."""
    unfold(page, "curve")
    page.locator("#choice-from").fill(first)
    page.locator("#choice-to").fill(last)
    page.locator("#choice-to").press("Tab")
    page.evaluate("document.getElementById('choice-curve').scrollIntoView()")


def top(page: Any) -> None:
    """The panel from its beginning."""
    page.evaluate("document.getElementById('panel').scrollTop = 0")


#: What happens before each picture but the last three.
STEPS: tuple[Callable[[Any], object], ...] = (
    lambda page: None,
    lambda page: page.locator("#choice-start").click(),
    lambda page: (choose(page, "Mehamn", opened=False), top(page)),
    lambda page: (choose(page, "Kvaløysletta", opened=True), top(page)),
    lambda page: (page.locator("#choice-show-change").click(), unfold(page, "changes")),
    lambda page: unfold(page, "suggest"),
    lambda page: unfold(page, "frontier"),
    lambda page: (page.locator("#choice-show-minutes").click(), brush(page, "25", "60")),
    lambda page: (page.get_by_role("button", name="Show everybody").click(), unfold(page, "ranking")),
    lambda page: unfold(page, "take"),
)


def shoot(page: Any, number: int) -> None:
    """One picture, when the page is at rest."""
    page.wait_for_timeout(500)
    save(Image.open(io.BytesIO(page.screenshot())), number)


def save(picture: Image.Image, number: int) -> None:
    """A small WebP file."""
    target = FOLDER / f"film-{number:02}.webp"
    picture.convert("RGB").save(target, quality=45, method=6)
    print(f"{target.name}: {target.stat().st_size / 1000:.0f} kB")


def terminal(command: str, text: str) -> Image.Image:
    """What a command prints, as a picture of a terminal."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), "#1b2127")
    # Matplotlib brings a font of one width that has the lines of tables.
    font = ImageFont.truetype(Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSansMono.ttf", 14)
    lines = [f"$ {command}", *text.splitlines()]
    shown = [line[start : start + 138] for line in lines for start in range(0, max(1, len(line)), 138)]
    pen = ImageDraw.Draw(picture)
    for row, line in enumerate(shown[:36]):
        pen.text((16, 14 + 20 * row), line, font=font, fill="#f0a04b" if not row else "#e8edf1")
    return picture


def rewrite(page_name: str) -> None:
    """Make all pictures of the film."""
    del page_name
    from playwright.sync_api import sync_playwright

    use_own_fonts()
    home = Path.cwd()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        os.chdir(folder)
        try:
            if said(PLACE, joined=True).code:
                raise RuntimeError(PLACE)
            path = Path(folder) / "runs" / "three" / "map.html"
            browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
            options = {**CONTEXT, "viewport": {"width": WIDTH, "height": HEIGHT}, "reduced_motion": "reduce"}
            page = browser.new_context(**options).new_page()
            page.goto(path.as_uri())
            page.wait_for_selector("html[data-ready=true]", state="attached")
            for number, step in enumerate(STEPS, start=1):
                step(page)
                shoot(page, number)
            with page.expect_download() as waiting:
                page.locator("#choice-save").click()
            waiting.value.save_as(Path(folder) / "choice.json")
            # Somebody else, on a phone, with the same file and the address from the mail.
            phone = {**CONTEXT, "viewport": {"width": 390, "height": 760}, "reduced_motion": "reduce"}
            other = browser.new_context(**phone).new_page()
            other.goto(page.url)
            other.wait_for_selector("html[data-ready=true]", state="attached")
            shoot(other, 11)
            browser.close()
            save(terminal(BACK, said(BACK, joined=True).out), 12)
        finally:
            os.chdir(home)
