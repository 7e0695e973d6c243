"""From frozen facts to a PDF: one at a time, and by the batch."""
