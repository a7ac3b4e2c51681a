"""The record page's parts: what it reads, keeps, shows beside the form, and does for the editors."""
