"""Exact branch and cut over sites for what is convex in everybody's minutes; conditions on sites are rows."""
