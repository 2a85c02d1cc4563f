"""Write .env and secrets/, what docker-compose.yml needs that nobody else may know.

Never overwrites anything. In secrets/, which its owner alone can enter, files are readable by the
users that containers run as.
"""

import ipaddress
import os
import secrets
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

#: Users of the broker, as deploy/acl has them.
BROKER_USERS: Final = ("ingest", "simulators", "console", "training", "terminal", "health")
#: Programs that sign commands.
SIGNERS: Final = ("console", "training")
#: Under these the broker is reached.
BROKER_NAMES: Final = ("mosquitto", "localhost")
DAYS: Final = 825
FOLDER: Final = Path("secrets")
HEAD: Final = "# Secrets of this installation: keep them to yourself, and out of git.\n"


def environment() -> dict[str, str]:
    broker = {f"BROKER_PASSWORD_{user.upper()}": _token() for user in BROKER_USERS}
    keys = {f"COMMAND_KEY_{name.upper()}": f"{name}:{secrets.token_hex(32)}" for name in SIGNERS}
    return {
        **broker,
        **keys,
        "INGEST_TOKEN": _token(),
        "INFLUXDB_ORG": "stationwatch",
        "INFLUXDB_PASSWORD": _token(),
        "INFLUXDB_ADMIN_TOKEN": _token(),
    }


def _token() -> str:
    return secrets.token_urlsafe(36)


def certificates(now: datetime) -> dict[str, bytes]:
    """An authority of this installation alone, whose key is forgotten, and the broker's."""
    until = now + timedelta(days=DAYS)
    authority, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    us = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stationwatch authority")])
    ca = (
        x509.CertificateBuilder()
        .subject_name(us)
        .issuer_name(us)
        .public_key(authority.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(authority.public_key()), critical=False
        )
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(authority, hashes.SHA256())
    )
    names = [x509.DNSName(name) for name in BROKER_NAMES]
    broker = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, BROKER_NAMES[0])]))
        .issuer_name(us)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName(
                [*names, x509.IPAddress(ipaddress.IPv4Address("127.0.0.1"))]
            ),
            critical=False,
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()),
            critical=False,
        )
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(authority, hashes.SHA256())
    )
    return {
        "ca.crt": ca.public_bytes(Encoding.PEM),
        "broker.crt": broker.public_bytes(Encoding.PEM),
        "broker.key": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    }


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def main(env: Path, folder: Path) -> None:
    for path in (env, folder):
        if path.exists():
            sys.exit(f"{path} is there already; move it away first to have new secrets")
    folder.mkdir(mode=0o700)
    tls = folder / "tls"
    tls.mkdir()
    for name, content in certificates(datetime.now(UTC)).items():
        (tls / name).write_bytes(content)
    for program in ("ingest", "console"):  # the database's container puts their tokens there
        place = folder / "influxdb" / program
        place.mkdir(parents=True)
        place.chmod(0o777)
    descriptor = os.open(env, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(HEAD)
        file.writelines(f"{name}={value}\n" for name, value in environment().items())
    sys.stdout.write(f"wrote {env} and {folder}/\n")


if __name__ == "__main__":
    main(Path(".env"), FOLDER)
