"""Records as sets of operations: the log, the pure merge rule, history and receipts."""
