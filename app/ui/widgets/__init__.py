"""Widgets that know nothing of records: cards, badges, banners, photo tiles, PDF pages."""
