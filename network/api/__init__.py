"""The ground floor over HTTP, and what every wing's API is made of."""
