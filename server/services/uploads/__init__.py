"""The way of one upload: receive, keep, enter, grade, answer."""
