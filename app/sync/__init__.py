"""One device and its server: push, pull, photos, receipts. Everything may be cut at any line and goes on later."""
