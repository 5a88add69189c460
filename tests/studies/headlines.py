"""The figures of the embedded study that may change only with a reason.

``python -m tests.documentation.refresh headlines.json --because "the changelog line that says why"`` writes it
anew; the test compares, and looks the line up in ``CHANGELOG.md``.
"""

from __future__ import annotations

import json
from pathlib import Path

PAGES = ("headlines.json",)
NEEDS_REASON = True
FILE = Path(__file__).with_name("headlines.json")


def compute() -> dict[str, object]:
    """The frozen figures, rounded to a thousandth."""
    import geoaccess as ga

    study = ga.load_study("nord-norge")
    table = ga.accessibility(study)
    placed = ga.place(study, "ambulance")
    worst = table.rows.sort_values(["kind", "median_min"], ascending=False).groupby("kind").head(5)
    return {
        "municipalities": len(study.municipalities),
        "settlements": len(study.demand),
        "persons": float(study.weight().sum()),
        "region": {
            row["kind"]: {
                name: round(row[name], 3)
                for name in ("median_min", "p90_min", "mean_min", "persons_unreachable")
            }
            for row in table.region.to_dict(orient="records")
        },
        "worst": {
            kind: {row["municipality"]: round(row["median_min"], 3) for row in rows.to_dict(orient="records")}
            for kind, rows in worst.groupby("kind")
        },
        "ambulance": {
            "chosen": sorted(placed.chosen["site_id"]),
            "mean_before_min": round(placed.before["mean_min"], 3),
            "mean_after_min": round(placed.after["mean_min"], 3),
            "share_before": round(placed.before["share_within_class_threshold"], 4),
            "share_after": round(placed.after["share_within_class_threshold"], 4),
            "status": placed.solution.status.value,
        },
    }


def rewrite(page: str, because: str) -> None:
    """Freeze the figures of now."""
    frozen = {"changelog": because, "figures": compute()}
    FILE.with_name(page).write_text(json.dumps(frozen, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
