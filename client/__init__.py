"""The student's and the worker's way in: typed calls of the web API, and the `splitboard` command."""
