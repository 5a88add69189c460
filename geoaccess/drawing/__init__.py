"""Kits for reports and maps: blocks, pages, plots, workbooks and map layers that know no question."""
