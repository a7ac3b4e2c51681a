"""The central server: takes batches of operations and photos, hands out the feed, signs receipts."""
