"""`hindcast doctor`: what works on this machine, and how to mend what does not. It changes nothing.

`found` has the words, `place` where we are; `environment`, `jupyter`, `data` and `trainer` look at one thing
at a time; `checkup` is the list of these and how they are run, `page` how the findings are shown.
"""

from hindcast.kit.doctor.checkup import examine_machine

__all__ = ["examine"]
