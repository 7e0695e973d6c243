"""What the network does together: one wing for each capability."""
