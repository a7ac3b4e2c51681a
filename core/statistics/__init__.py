"""What many records say together: counts, totals and coverage by division."""
