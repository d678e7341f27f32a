"""A frozen report as PDF, XLSX, CSV, DOCX or a message: the same parts, the same figures."""
