"""The tables of a gradebook, as nbgrader declares them to SQLAlchemy: table name -> table."""

from nbgrader.api import Base

TABLES = Base.metadata.tables
