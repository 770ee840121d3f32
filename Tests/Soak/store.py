"""A real object store on this machine: SeaweedFS."""

import random
import socket
import subprocess
import time
import urllib.error
import urllib.request

ACCESS, SECRET = "imprune", "a/secret+key"
KEYS = """\
{"identities": [{"name": "imprune", "actions": ["Admin", "Read", "Write", "List"],
  "credentials": [{"accessKey": "%s", "secretKey": "%s"}]}]}
""" % (ACCESS, SECRET)


def free_ports(count):
    """Free ports; SeaweedFS also listens on each of them plus 10000."""
    free = []
    while len(free) < count:
        port = random.randrange(20000, 30000)
        try:
            for one in (port, port + 10000):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", one))
        except OSError:
            continue
        if port not in free:
            free.append(port)
    return free


class Store:
    """A store with its data in a new folder, killed at the end of the `with` block."""

    def __init__(self, weed, folder):
        self._log = folder / "log"
        (folder / "data").mkdir(parents=True)
        (folder / "keys.json").write_text(KEYS)
        master, volume, filer, s3 = free_ports(4)
        self.address = f"127.0.0.1:{s3}"
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(
                [weed, "server", f"-dir={folder}/data", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-volume.max=100",
                 f"-master.port={master}", "-master.telemetry=false", f"-volume.port={volume}",
                 f"-filer.port={filer}", f"-filer.localSocket={folder}/filer.sock", "-s3", f"-s3.port={s3}",
                 "-s3.port.iceberg=0", "-s3.port.lance=0", f"-s3.localSocket={folder}/s3.sock",
                 f"-s3.config={folder}/keys.json"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def __enter__(self):
        end = time.monotonic() + 60
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > end:
                self.__exit__()
                raise RuntimeError("the object store did not start:\n" + self._log.read_text()[-2000:])
            time.sleep(0.2)
        return self.address

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()

    def _is_ready(self):
        """A request without a signature is refused as soon as it is ready."""
        try:
            urllib.request.urlopen(f"http://{self.address}/", timeout=5).close()
        except urllib.error.HTTPError as error:
            return error.code == 403
        except OSError:
            pass
        return False
