"""One person filling in one form: rules settle after each answer, and everything shown follows."""
