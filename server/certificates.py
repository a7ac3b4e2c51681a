"""The server's own private CA and the certificate that clients meet, both EC P-256.

Clients pin the CA by the ticket, so no public authority is asked and no laptop clock decides: EC keeps the
handshake small, and the validity starts long ago because village laptops forget the date.
"""

from __future__ import annotations

import ipaddress
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from server.durable_files import make_folder, write_durably

_VALID_FROM = datetime(2020, 1, 1, tzinfo=UTC)
_CA_YEARS = 30
_SERVER_DAYS = 800
_RENEW_BEFORE = timedelta(days=180)


class Certificates:
    """The key folder: `ca.pem`, `ca.key`, `server.pem`, `server.key`. Made at first use."""

    def __init__(self, folder: Path) -> None:
        make_folder(folder)
        self._ca_file = folder / "ca.pem"
        self._ca_key_file = folder / "ca.key"
        self.server_file = folder / "server.pem"
        self.server_key_file = folder / "server.key"
        if not self._ca_file.exists():
            self._make_ca()

    def ca_pem(self) -> str:
        """The CA certificate that tickets carry."""
        return self._ca_file.read_text(encoding="ascii")

    def ensure_server_certificate(self, names: tuple[str, ...], now: datetime) -> None:
        """The server certificate covers these names and addresses and is not about to expire."""
        wanted = _general_names((*_local_names(), *names))
        if self.server_file.exists() and _still_good(self.server_file.read_bytes(), wanted, now):
            return
        ca = x509.load_pem_x509_certificate(self._ca_file.read_bytes())
        ca_key = load_pem_private_key(self._ca_key_file.read_bytes(), password=None)
        assert isinstance(ca_key, ec.EllipticCurvePrivateKey)
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            _builder("Cunjiang server", key, ca.subject, now + timedelta(days=_SERVER_DAYS))
            .add_extension(x509.SubjectAlternativeName(wanted), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(_key_usage(signs_certificates=False), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
            )
            .sign(ca_key, hashes.SHA256())
        )
        write_durably(self.server_key_file, _key_pem(key), private=True)
        write_durably(self.server_file, certificate.public_bytes(Encoding.PEM))

    def _make_ca(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name("Cunjiang private CA")
        certificate = (
            _builder("Cunjiang private CA", key, subject, _VALID_FROM + timedelta(days=365 * _CA_YEARS))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        write_durably(self._ca_key_file, _key_pem(key), private=True)
        write_durably(self._ca_file, certificate.public_bytes(Encoding.PEM))


def _builder(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: x509.Name, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_VALID_FROM)
        .not_valid_after(until)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _local_names() -> tuple[str, ...]:
    return ("localhost", "127.0.0.1", "::1", socket.gethostname())


def _general_names(names: tuple[str, ...]) -> list[x509.GeneralName]:
    return [_general_name(name) for name in dict.fromkeys(names) if name]


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _still_good(pem: bytes, wanted: list[x509.GeneralName], now: datetime) -> bool:
    certificate = x509.load_pem_x509_certificate(pem)
    present = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return set(wanted) <= set(present) and certificate.not_valid_after_utc - now > _RENEW_BEFORE
