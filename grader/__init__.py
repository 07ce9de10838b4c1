"""The grader: the bytes of a submission in, two scores or a list of problems out. No web, no database, no
torch.
"""
