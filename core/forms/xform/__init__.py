"""XForm XML read into a form, part after part."""
