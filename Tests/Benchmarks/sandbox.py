"""Starts imprune-sandbox, the simulated service, and signs calls to it."""

import base64
import hashlib
import hmac
import json
import os
import signal
import subprocess
import time
import urllib.request
import zlib

from context import KEY
from inputs import APP

ADMIN = "administrator"


class Sandbox:
    """A running sandbox with this many accounts, stopped at the end of the `with` block."""

    def __init__(self, bench, users, latency=0, rate=0, more=()):
        folder = bench.folder("sandbox")
        port_file = folder / "port"
        arguments = [
            bench.bin / "imprune-sandbox", "--port", 0, "--port-file", port_file,
            "--users-file", bench.inputs.ids(users), "--latency", latency, "--rate", rate,
            "--app", APP, "--edition", "ultimate", "--enabled", "account_deletion", *more]
        self.process = subprocess.Popen(
            [str(argument) for argument in arguments], env=bench.env, stdout=subprocess.DEVNULL)
        self.port = int(self._wait_for(port_file))
        #: Seconds of CPU time, after it has stopped.
        self.cpu = None

    def _wait_for(self, path):
        for _ in range(600):
            if path.exists():
                return path.read_text()
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError("the sandbox did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        _, _, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = 0
        self.cpu = usage.ru_utime + usage.ru_stime

    def counters(self):
        """Its counters."""
        return json.loads(self._page("counters"))

    def history(self):
        """How often each id was registered, removed and cleared, if more happened to it than one registration."""
        lines = (line.split("\t") for line in self._page("history").decode().splitlines())
        return {id: tuple(map(int, counts)) for id, *counts in lines}

    def _page(self, name):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/sandbox/{name}") as answer:
            return answer.read()


def delete_url(port):
    """The address of account_delete, signed for an hour."""
    return (
        f"http://127.0.0.1:{port}/v4/im_open_login_svc/account_delete?sdkappid={APP}"
        f"&identifier={ADMIN}&usersig={user_sig()}&random=1&contenttype=json")


def user_sig(life=3600):
    """A signature of the administrator, as the service's documentation describes it."""
    now = int(time.time())
    content = (
        f"TLS.identifier:{ADMIN}\nTLS.sdkappid:{APP}\nTLS.time:{now}\nTLS.expire:{life}\n")
    mac = hmac.new(KEY.encode(), content.encode(), hashlib.sha256).digest()
    fields = {
        "TLS.ver": "2.0", "TLS.identifier": ADMIN, "TLS.sdkappid": APP, "TLS.expire": life,
        "TLS.time": now, "TLS.sig": base64.b64encode(mac).decode()}
    packed = base64.b64encode(zlib.compress(json.dumps(fields).encode())).decode()
    return packed.translate(str.maketrans("+/=", "*-_"))
