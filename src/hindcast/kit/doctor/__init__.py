"""`hindcast doctor`: what works on this machine, and how to mend what does not. It changes nothing.

`findings` defines a finding, `workplace` the place where the command runs. `environment`, `jupyter`, `data`
and `trainer` hold the single checks. `checkup` lists and runs them, `page` shows the findings.
"""
