"""The certificate as a verifiable credential: Open Badges 3.0, and the European Digital Credential."""
