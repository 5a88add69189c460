"""The fonts that tests draw with: DejaVu as Matplotlib ships it, whatever the machine has and prefers.

Chromium and WeasyPrint ask fontconfig for fonts. Told to look in one folder alone, and how to draw letters,
they make the same pictures where Noto, Liberation or nothing at all is the system's own choice.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

#: Beside other things that are built; kept, for the cache of the fonts is there too.
FOLDER = Path(__file__).resolve().parents[1] / "build" / "fonts"
_CONFIG = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{fonts}</dir>
  <cachedir>{cache}</cachedir>
  <selectfont>
    <acceptfont><glob>*/DejaVu*</glob></acceptfont>
    <rejectfont><glob>*</glob></rejectfont>
  </selectfont>
  <alias binding="same"><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
  <alias binding="same"><family>serif</family><prefer><family>DejaVu Serif</family></prefer></alias>
  <match target="pattern">
    <edit name="family" mode="append" binding="weak"><string>DejaVu Sans</string></edit>
  </match>
  <match target="font">
    <edit name="antialias" mode="assign"><bool>true</bool></edit>
    <edit name="autohint" mode="assign"><bool>false</bool></edit>
    <edit name="hinting" mode="assign"><bool>true</bool></edit>
    <edit name="hintstyle" mode="assign"><const>hintslight</const></edit>
    <edit name="rgba" mode="assign"><const>none</const></edit>
  </match>
</fontconfig>
"""


def use_own_fonts() -> None:
    """Let this process and those it starts see the fonts of the tests and no others.

    Before the first font is asked for: fontconfig reads its configuration once. Without Matplotlib nothing is
    changed; what draws is not installed then.
    """
    found = find_spec("matplotlib")
    if found is None or found.origin is None:
        return
    fonts = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"
    FOLDER.mkdir(parents=True, exist_ok=True)
    config, part = FOLDER / "fonts.conf", FOLDER / f"fonts.{os.getpid()}.part"
    part.write_text(_CONFIG.format(fonts=fonts, cache=FOLDER / "cache"), encoding="utf-8")
    part.replace(config)
    os.environ["FONTCONFIG_FILE"] = str(config)
