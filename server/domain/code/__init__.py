"""Code that teams hand in with their final selections: checked by its bytes, kept, never unpacked."""
