"""`./splitboard load`: the loads of a whole course, played against a fresh installation on this machine."""
