"""What people write: the letters of a name, and the encodings of the files that names come in."""
