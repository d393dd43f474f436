"""`hindcast doctor`: what works on this machine, and how to mend what does not. It changes nothing.

`findings` has the words, `workplace` where we are; `environment`, `jupyter`, `data` and `trainer` look at one
thing at a time; `checkup` is the list of these and how they are run, `page` how the findings are shown.
"""
