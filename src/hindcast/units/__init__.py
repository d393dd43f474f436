"""One module a unit: the pictures, screens and explorers that only this unit has, and what it shows.

A module has the unit's name without its number. A unit that needs more than 300 lines is a package, divided
by what its modules show. Folded cells and hidden tests import the same constants from here, so that each is
written once. Learners have these modules. They hold the questions of instant checks, which give no points,
and never the key of a graded exercise.
"""
