"""What a certificate says: the facts that are frozen, and their words in a language."""
