"""Signing in by an identity provider (OpenID Connect), and by a proxy that has done so already."""
