"""How a centre wants its certificates to look: slots of curated designs."""
