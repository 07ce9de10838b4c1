"""The way of a team's code to the disk and into the list of its versions."""
