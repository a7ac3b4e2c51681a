"""SVP/1 over HTTP: one file a subject, each only reads the request and writes the reply."""
