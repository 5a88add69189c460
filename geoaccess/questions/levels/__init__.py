"""Acute help of any level: which is nearest, what it can do, and what stands together."""
