"""What teaching assistants do from a shell: grades, rescores, look-alikes."""
