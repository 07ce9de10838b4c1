"""Every text that people read, in languages other than English: catalogues, and the way from code to them.

docs/translate.md tells how to add or mend a language. Only what is read at run time (catalogue.py) uses the
standard library alone, since the client needs it; extracting and compiling are Babel's.
"""
