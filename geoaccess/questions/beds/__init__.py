"""Beds close to home: which units stay, grow, shrink, close or open, for whom, and at what price."""
