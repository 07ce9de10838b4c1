"""Rules changed and competitions cloned over the API."""
