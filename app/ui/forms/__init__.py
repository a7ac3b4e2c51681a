"""The form on screen: sections, questions and editors made from a form session."""
