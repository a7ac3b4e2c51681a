"""One device and its server: push, pull, photos, receipts. Whatever is cut goes on later."""
