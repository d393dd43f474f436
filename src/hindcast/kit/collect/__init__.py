"""What comes back from learners: found, told apart, kept, and put where the grader looks.

`sources` finds notebooks in folders, zips and mails. `unit_of_notebook` knows the notebook by its cells,
`learner_of_notebook` the learner by the names around it. `received_folder` keeps every hand-in, and
`submitted_folder` holds the one that counts. `collecting` does this in order, `command` says how it went.
"""
