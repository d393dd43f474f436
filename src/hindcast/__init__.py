"""Hindcast: reading number predictions, classifications and backdated outputs. The learner's vocabulary."""

from hindcast import check, datasets, field_data
from hindcast.datasets import *  # noqa: F403 (every loader; the list of them is in datasets)
from hindcast.field_data import *  # noqa: F403 (every fetcher)
from hindcast.own_tables import load_own

__version__ = "0.1.0"

__all__ = ["check", "load_own", *datasets.__all__, *field_data.__all__]
