"""Export: points for a spreadsheet, for Moodle and for Canvas, and certificates. Files only, nothing is sent.

`command` is the verb, `writing` runs the steps, `standing` holds the points. `formats` and `csv_cells` make
the tables, `certificates` and `objectives` the pages.
"""
