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
# the folder of users is there because a volume takes its owner from what it covers
RUN pip install --no-cache-dir -c constraints.txt . \
    && useradd --system --uid 10001 --create-home --home-dir /var/lib/stationwatch stationwatch \
    && install --directory --owner=stationwatch --mode=700 /var/lib/stationwatch/access
COPY deploy/online.py deploy/online.py

ENV PYTHONUNBUFFERED=1 \
    STATIONWATCH_STATE=/var/lib/stationwatch
USER 10001
ENTRYPOINT ["stationwatch"]
CMD ["--help"]
