"""Studies: a folder of tables and one ``study.toml`` that says what they mean."""

from geoaccess.study.load import load_study
from geoaccess.study.model import Study

__all__ = ["Study", "load_study"]
