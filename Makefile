# Thin aliases: the launcher is the one way in, and it needs no make.
.PHONY: check demo lint lock

check:
	./splitboard test

demo:
	./splitboard demo

lint:
	./splitboard test --lint-only

# Rewrites the locks after a change of requirements/*.in; needs uv. Later locks take their versions from dev.txt.
LOCK = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
lock:
	$(LOCK) --output-file requirements/dev.txt requirements/dev.in
	$(LOCK) --constraint requirements/dev.txt --output-file requirements/server.txt requirements/server.in
	$(LOCK) --constraint requirements/dev.txt --output-file requirements/base.txt requirements/base.in
