"""The tables of a gradebook, by name, as nbgrader declares them to SQLAlchemy."""

from nbgrader.api import Base

TABLES = Base.metadata.tables
