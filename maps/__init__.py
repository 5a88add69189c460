"""Part of geoaccess."""
