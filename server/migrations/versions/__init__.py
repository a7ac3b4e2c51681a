"""One file a step, in the order of `server.migrations.STEPS`."""
