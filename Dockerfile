FROM python:3.12-slim

WORKDIR /app
COPY pyproject.toml constraints.txt README.md LICENSE stationwatch.py demo.py supervise.py asking.py ./
COPY telemetry telemetry
COPY ingest ingest
COPY simulators simulators
COPY score score
COPY planning planning
COPY backtest backtest
COPY recordings recordings
COPY replaying replaying
COPY training training
COPY access access
COPY dashboard dashboard
RUN pip install --no-cache-dir -c constraints.txt . \
    && useradd --system --uid 10001 --create-home --home-dir /var/lib/stationwatch stationwatch
COPY deploy/online.py deploy/online.py

ENV PYTHONUNBUFFERED=1 \
    STATIONWATCH_STATE=/var/lib/stationwatch
USER 10001
ENTRYPOINT ["stationwatch"]
CMD ["--help"]
