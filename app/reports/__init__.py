"""Paper: PDF files of records and official forms. The only place that imports ReportLab."""
