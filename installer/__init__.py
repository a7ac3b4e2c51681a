"""Makes the program that is handed over: one folder that needs neither Python nor this checkout."""
