"""The window: the only place besides the two starting files that knows Qt."""
