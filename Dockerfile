# One image for the web server and, with --build-arg TORCH=..., for the worker. Not yet built in our own tests, which
# run where there is no container engine; please report what does not work.
FROM python:3.13.9-slim-trixie AS build
WORKDIR /app
COPY requirements/server.txt requirements/server.txt
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements/server.txt
ARG TORCH=""
RUN if [ -n "$TORCH" ]; then /venv/bin/pip install --no-cache-dir "torch==$TORCH"; fi

FROM python:3.13.9-slim-trixie
RUN useradd --create-home --uid 10001 splitboard && mkdir --mode 700 /data /worker \
    && chown splitboard /data /worker
COPY --from=build /venv /venv
WORKDIR /app
COPY grader grader
COPY languages languages
COPY client client
COPY distribution distribution
COPY server server
COPY baselines baselines
COPY migrations migrations
COPY docs docs
# The wheel that students install from this server is made of these, too.
COPY pyproject.toml README.md LICENSE ./
RUN PATH=/venv/bin:$PATH python -m languages compile
ENV PATH=/venv/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 \
    SPLITBOARD_DATA_DIR=/data SPLITBOARD_HOST=0.0.0.0 SPLITBOARD_PORT=8080
USER splitboard
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["python", "-m", "client"]
CMD ["serve"]
