"""What every route needs: who asks, and what the answer carries."""
