"""An installed form made into the sheets that its author would have written."""
