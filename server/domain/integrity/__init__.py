"""Look-alikes and excluded submissions."""
