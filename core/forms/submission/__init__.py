"""Instance XML out and in: what a phone or an OpenRosa server sends and takes."""
