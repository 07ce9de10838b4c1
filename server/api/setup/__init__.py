"""Staff set up competitions and change them: rules, drafts, clones."""
