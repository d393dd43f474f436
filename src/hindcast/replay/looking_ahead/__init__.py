"""A test of a replay from outside: what became known after an origin must not move what was said at it.

`looks_ahead` has the function, `changes` alters the future of a table, `answers` holds what the tested
function returns and compares it.
"""

from hindcast.replay.looking_ahead.looks_ahead import looks_ahead

__all__ = ["looks_ahead"]
