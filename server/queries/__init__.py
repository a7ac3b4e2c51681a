"""What the server asks of its tables, each inside the caller's transaction.

What every batch asks is written as SQL: SQLAlchemy takes several times as long to put a statement together as
SQLite to answer it (`docs/decisions/0063-group-commit.md`). Sets of names go in as one JSON array.
"""
