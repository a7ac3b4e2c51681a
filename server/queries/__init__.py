"""What the server asks of its tables, each inside the caller's transaction."""
