#!/bin/sh
# Run by the InfluxDB image once, after its set-up: a token for each who needs one, for this bucket
# alone. Ingest writes, reads and drops what is old; the console reads. The administrator's token
# that the set-up made goes to nobody.
set -eu
umask 022
influx auth create --org "$DOCKER_INFLUXDB_INIT_ORG" --description ingest --json \
    --read-bucket "$DOCKER_INFLUXDB_INIT_BUCKET_ID" --write-bucket "$DOCKER_INFLUXDB_INIT_BUCKET_ID" \
    --read-dbrps | sed -n 's/.*"token": "\(.*\)",/\1/p' >/tokens/ingest/token
influx auth create --org "$DOCKER_INFLUXDB_INIT_ORG" --description console --json \
    --read-bucket "$DOCKER_INFLUXDB_INIT_BUCKET_ID" \
    --read-dbrps | sed -n 's/.*"token": "\(.*\)",/\1/p' >/tokens/console/token
test -s /tokens/ingest/token
test -s /tokens/console/token
