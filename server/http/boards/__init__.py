"""Boards over HTTP: what a viewer sees of one, and the short way to it."""
