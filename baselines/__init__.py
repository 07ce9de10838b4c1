"""The homeworks and their baseline models: build the data, train the tiers, and run them for the server."""
