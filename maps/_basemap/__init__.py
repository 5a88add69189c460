"""The packed coastline, its notice, and the script that packed it."""
