"""Starts a real object store, SeaweedFS, and calls it from far away."""

import hashlib
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUCKET = "bench"
#: The key that `.ci/with-object-store` gives the store, and a region.
KEYS = ("imprune", "a/secret+key", "us-east-1")


def is_installed():
    return (ROOT / ".build/pypi-tools/bin/weed").exists()


class Server:
    """A process that prints a line with its port and ends with its input; stopped at the end of the `with` block."""

    def __init__(self, bench, command):
        self.process = subprocess.Popen(
            [str(word) for word in command], env=bench.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline().strip()
        if not line:
            self.process.wait()
            raise RuntimeError(f"{Path(command[0]).name} did not start")
        self.port = int(line.split(":")[-1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


# curl signs such a simple request well; the digest is that of no bytes.
MAKE_BUCKET = f"""\
curl --silent --fail --aws-sigv4 aws:amz:{KEYS[2]}:s3 --user {KEYS[0]}:{KEYS[1]} --request PUT \\
  --header x-amz-content-sha256:{hashlib.sha256().hexdigest()} "http://$IMPRUNE_TEST_S3/{BUCKET}" &&
  echo "$IMPRUNE_TEST_S3" && cat >/dev/null
"""


class ObjectStore(Server):
    """SeaweedFS with an empty bucket."""

    def __init__(self, bench):
        super().__init__(bench, [ROOT / ".ci/with-object-store", "sh", "-c", MAKE_BUCKET])


class Far(Server):
    """The way to a server of this machine, with a latency in milliseconds."""

    def __init__(self, bench, server, latency):
        super().__init__(
            bench, ["/usr/bin/python3", bench.scripts / "delay.py", server.port, latency])


def settings(bench, server):
    """The environment of an `imprune` that uses the store behind that server."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
    return bench.env | dict(zip(names, KEYS)) | {"AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{server.port}"}
