"""Items that staff check by hand: their sheet, and cells as people write them."""
