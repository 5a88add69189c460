"""Contact sheets: one map at four window sizes, light and dark, on paper, at 200 %, to be looked at one by one.

Run from the checkout (needs Chromium, Pillow and pypdfium2)::

    python tests/maps/contact_sheets.py OUT RUN...     # answer folders, or maps that end in .html

Answer folders are drawn anew, in English for the light pictures and in bokmål for the dark ones. Writes one
picture a map into OUT, each state on its own into a folder beside it, and says what axe finds in each window. At
200 % a window has half as many pixels of the page, as browsers zoom. Paper is the first page of a real PDF: print
style in a window shows other things.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pypdfium2
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from browser import ARGUMENTS, CONTEXT, chromium

from geoaccess.answers.answer import load_answer
from geoaccess.questions.registry import draw_map

SIZES = ((390, 844), (768, 1024), (1366, 768), (1920, 1080))
#: Height of each picture on the sheet.
TALL = 560
#: Name of the state, size, what the browser is asked for, whether on paper.
STATES = (
    *((f"{wide}x{high} light", (wide, high), {"color_scheme": "light"}, False) for wide, high in SIZES),
    *((f"{wide}x{high} dark", (wide, high), {"color_scheme": "dark"}, False) for wide, high in SIZES),
    ("paper upright", (1366, 768), {"color_scheme": "light"}, True),
    ("paper lying dark", (1366, 768), {"color_scheme": "dark"}, True),
    ("1366x768 at 200 %", (683, 384), {"color_scheme": "light", "device_scale_factor": 2}, False),
)


def drawn(run: Path, out: Path) -> dict[str, Path]:
    """The pages of a run in both languages; a page is taken as it is."""
    if run.suffix == ".html":
        return {"en": run, "nb": run}
    pages = {language: out / f"{run.name}.{language}.html" for language in ("en", "nb")}
    for language, page in pages.items():
        draw_map(load_answer(run), page, language=language)
    return pages


def pictures(browser: Browser, pages: dict[str, Path]) -> Iterator[tuple[str, Image.Image]]:
    """One picture for each state."""
    for name, (wide, high), asked, is_paper in STATES:
        context = browser.new_context(viewport={"width": wide, "height": high}, **{**CONTEXT, **asked})
        page = context.new_page()
        page.goto(pages["nb" if "dark" in name else "en"].as_uri())
        page.wait_for_selector("html[data-ready=true]", state="attached", timeout=60_000)
        page.wait_for_timeout(300)
        if is_paper:
            printed = page.pdf(format="A4", landscape="lying" in name, print_background=True)
            picture = pypdfium2.PdfDocument(printed)[0].render(scale=1.5).to_pil()
        else:
            picture = Image.open(BytesIO(page.screenshot()))
            for found in Axe().run(page).response["violations"]:
                print(f"{pages['en'].stem}, {name}: axe: {found['id']}: {found['nodes'][0]['html'][:200]}")
        context.close()
        yield name, picture


def sheet(made: list[Image.Image], most: int = 2400) -> Image.Image:
    """The pictures in rows."""
    rows: list[list[Image.Image]] = [[]]
    for whole_picture in made:
        picture = whole_picture.resize((max(1, whole_picture.width * TALL // whole_picture.height), TALL))
        if rows[-1] and sum(one.width + 8 for one in rows[-1]) + picture.width > most:
            rows.append([])
        rows[-1].append(picture)
    whole = Image.new("RGB", (most, (TALL + 8) * len(rows)), "#d8d8d8")
    for row, several in enumerate(rows):
        left = 0
        for picture in several:
            whole.paste(picture.convert("RGB"), (left, row * (TALL + 8)))
            left += picture.width + 8
    return whole


def main() -> None:
    """Draw, look, put together."""
    out, *runs = map(Path, sys.argv[1:])
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        for run in runs:
            made = dict(pictures(browser, drawn(run, out)))
            target = out / f"{run.stem}.png"
            sheet(list(made.values())).save(target)
            single = out / run.stem
            single.mkdir(exist_ok=True)
            for name, picture in made.items():
                picture.save(single / f"{name.replace(' ', '-')}.png")
            print(target)
        browser.close()


if __name__ == "__main__":
    main()
