"""European English."""
