"""Reports of runs: one HTML page, a PDF, a workbook, CSV files, and a page for each municipality.

The packages behind them (Babel, matplotlib, WeasyPrint, xlsxwriter) are the extra ``report`` and are imported
when a report is written.
"""

from __future__ import annotations

from geoaccess.reports.extras import MissingPackageError
from geoaccess.reports.writing import Form, write_factsheets, write_report
from maps import Language

__all__ = ["Form", "Language", "MissingPackageError", "write_factsheets", "write_report"]
