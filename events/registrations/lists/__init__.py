"""Lists of people: colleagues named together, imports and exports."""
