"""Backdating: what a model would have said then, using only what was known then."""

from hindcast.replay.baselines import LastValue, PromisedValue, SameDayLastYear, SameWeekday
from hindcast.replay.engine import replay
from hindcast.replay.looks_ahead import looks_ahead

__all__ = ["LastValue", "PromisedValue", "SameDayLastYear", "SameWeekday", "looks_ahead", "replay"]
