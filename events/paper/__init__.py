"""Paper: HTML to a PDF that an archive keeps (PDF/A-3a) and everybody can read (PDF/UA-1)."""
