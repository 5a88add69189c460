"""What every room stands on: errors, tables, paths, digests, measures, search."""
