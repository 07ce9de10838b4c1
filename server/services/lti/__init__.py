"""Learning platforms over the network: their keys, their rosters, the points they take."""
