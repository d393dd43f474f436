"""What an answer may look like. Test cells take the forms from :mod:`hindcast.check`.

``base`` has the numbers, yes or no and texts, ``choices`` what one chooses among, ``compound`` records and
lists, ``alternatives`` what may be one thing or another, ``bench`` tables and functions. ``plain_data``
copies what a learner wrote; ``canonical`` writes an answer so that another process reads the same.
"""
