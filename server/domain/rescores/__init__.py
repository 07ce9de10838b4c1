"""A rescore: asked for, graded beside the old scores, previewed, switched to, undone."""
