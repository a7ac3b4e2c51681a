"""Measures the program against a floor or a peer in the same run: `python3 dev.py bench [NAME…] [--json]`."""
