"""An authority of the tests' own, and a certificate of it for this machine."""

from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True)
class Certificate:
    """Where the authority's certificate lies, and the server's with its key."""

    authority: Path
    chain: Path
    key: Path


def certificate(folder: Path) -> Certificate:
    """A certificate for localhost and 127.0.0.1 of a new authority, written to the folder."""
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1")
    paths = Certificate(folder / "authority.pem", folder / "server.pem", folder / "server.key")
    authority.cert_pem.write_to_path(paths.authority)
    issued.private_key_pem.write_to_path(paths.key)
    for number, blob in enumerate(issued.cert_chain_pems):
        blob.write_to_path(paths.chain, append=number > 0)
    return paths
