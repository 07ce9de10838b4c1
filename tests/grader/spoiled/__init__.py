"""Proof that no spoiled file is misread: each is refused, or scored as an independent reading says."""
