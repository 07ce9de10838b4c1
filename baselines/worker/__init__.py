"""The GPU worker: it takes runs over the API, trains them in a child, and answers with the predictions."""
