"""The way to an identity provider and back, over the network."""
