"""One module per thing people do: plain functions that take a workspace."""
