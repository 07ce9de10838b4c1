"""The one door of uploads: slots, final selections, receipts."""
