"""What comes back from learners: found, told apart, kept, and put where the grader looks.

`sources` finds notebooks in folders, zips and mails; `which` knows the notebook by its cells, `whose` the
learner by the names around it; `keeping` keeps every hand-in, `placing` puts the one that counts into
submitted/. `collecting` is the order of these.
"""
