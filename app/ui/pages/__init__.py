"""Pages. They do not know each other; the main window leads from one to the next."""
