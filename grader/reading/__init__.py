"""From bytes to columns: unpack, header, the quick reader, and the careful one that names every problem."""
