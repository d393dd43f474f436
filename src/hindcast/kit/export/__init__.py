"""Export: points for a spreadsheet, for Moodle and for Canvas, and certificates; files only, nothing is sent.

`command` is what a trainer asks for, `writing` the order of things, `standing` the points, `formats` and
`csv_cells` the tables, `certificates` and `objectives` the pages.
"""
