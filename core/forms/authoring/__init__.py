"""What the author of a form is told of it before it is installed."""
