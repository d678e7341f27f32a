"""Files of other systems as rows: reading, finding the columns, checking each cell. No database."""
