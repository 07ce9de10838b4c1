"""Signing in over HTTP: passwords, codes, an identity provider."""
