"""The study file: what is asked for, with every default and every assumption."""

from relprod.study.load import load_study, parse_study
from relprod.study.model import Study

__all__ = ["Study", "load_study", "parse_study"]
