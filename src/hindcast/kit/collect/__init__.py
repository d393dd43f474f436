"""Collecting hand-ins: find them, identify them, keep them, and put them where the grader looks.

`sources` finds notebooks in folders, zips and mails. `unit_of_notebook` identifies the notebook by its cells,
`learner_of_notebook` the learner by the names around it. `received_folder` keeps every hand-in, and
`submitted_folder` holds the one that counts. `collecting` runs these steps, `command` prints the result.
"""
