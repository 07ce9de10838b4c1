"""Pages of the whole site: help, tools, the language, where to report a hole."""
