"""A form's workbook: read from any file, checked cell by cell, compiled to an XForm, written."""
