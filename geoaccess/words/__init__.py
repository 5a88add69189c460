"""Words: catalogues per language for the terminal, maps and reports."""
