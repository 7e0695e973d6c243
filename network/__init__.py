"""The ground floor: who takes part in the network."""
