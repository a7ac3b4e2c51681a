"""Qt models: what lists show, reloaded by the touched ids of a change."""
