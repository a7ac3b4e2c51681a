"""Photos by the SHA-256 of their bytes."""
