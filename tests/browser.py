"""How tests start Chromium: the same settings on every machine, and nothing fetched by itself."""

from __future__ import annotations

import shutil

#: Chromium must not look for updates or anything else by itself (every request would count), and draws letters
#: and colours alike whatever screen and desktop it is told of.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-lcd-text",
    "--font-render-hinting=slight",
    "--force-color-profile=srgb",
    "--force-device-scale-factor=1",
    "--hide-scrollbars",
]
#: Of every context that says nothing else: the reader's language, clock and taste.
CONTEXT = {"locale": "en-GB", "timezone_id": "UTC", "color_scheme": "light"}


def chromium() -> str | None:
    """Debian's Chromium, or Chrome; nothing when neither is installed."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)
