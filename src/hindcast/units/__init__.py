"""One module a unit: the pictures, screens and explorers that only this unit has, and what it shows.

A unit's module bears the unit's name without its number. Where it outgrows 300 lines it is a package, divided
by what its modules show. Folded cells and hidden tests import the same constants from here, so that what is
shown stands once. Learners have these modules: the questions of instant checks are here, because no points
hang on them, and the key of a graded exercise never is.
"""
