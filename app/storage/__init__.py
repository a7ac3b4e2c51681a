"""The data folder: sealed database, photo files, and the stores that read and write them."""
