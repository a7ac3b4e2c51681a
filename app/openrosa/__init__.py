"""OpenRosa over HTTP, as a client: lists of forms, forms with their media, and submissions."""
