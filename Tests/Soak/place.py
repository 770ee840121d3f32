"""Runs of imprune on a shared state, each on a machine of its own, against a sandbox."""

import datetime
import hashlib
import hmac
import http.client
import itertools
import json
import os
import shutil
import subprocess
import threading
import time
import urllib.request
from collections import Counter


BUCKET = "imprune-soak"
#: The keys of the store that .ci/with-object-store starts.
ACCESS, SECRET = "imprune", "a/secret+key"
KEY = "key-of-the-soak-opens-nothing-but-sandboxes"
MANIFEST = """\
version: 1
app:
  sdk_app_id: 1400000000
  endpoint: http://{service}
  edition: ultimate
  enabled: [account_deletion]
guards:
  max_removals: {users}
users:
  - {{ids_from: leavers.txt, account: absent}}
"""
PROBE = "imprune-probe-"


class Failure(Exception):
    """A criterion that does not hold."""


def check(condition, *words):
    if not condition:
        raise Failure(" ".join(str(word) for word in words))


def wait_for(condition, what, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        check(time.monotonic() < end, "waited in vain for", what)
        time.sleep(0.02)


def make_bucket(store):
    """Creates the bucket of the soak."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{now[:8]}/us-east-1/s3/aws4_request"
    empty = hashlib.sha256().hexdigest()
    headers = {"host": store, "x-amz-content-sha256": empty, "x-amz-date": now}
    names = ";".join(headers)
    lines = [f"{name}:{value}" for name, value in headers.items()]
    subject = "\n".join(["PUT", f"/{BUCKET}", "", *lines, "", names, empty])
    text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(subject.encode()).hexdigest()}"
    mac = ("AWS4" + SECRET).encode()
    for part in (now[:8], "us-east-1", "s3", "aws4_request", text):
        mac = hmac.new(mac, part.encode(), hashlib.sha256).digest()
    headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={ACCESS}/{scope}, SignedHeaders={names}, Signature={mac.hex()}")
    connection = http.client.HTTPConnection(store, timeout=30)
    connection.request("PUT", f"/{BUCKET}", headers=headers)
    status = connection.getresponse().status
    connection.close()
    check(status in (200, 409), "the bucket could not be made: status", status)


class Run:
    """imprune on a machine of its own: with a current folder and a TMPDIR that no other run has."""

    def __init__(self, place, folder, arguments, store, service):
        self.folder = folder
        self.scratch = folder / "tmp"
        self.output = folder / "output"
        self.scratch.mkdir(parents=True)
        users = "".join(f"{user}\n" for user in place.users)
        (folder / "leavers.txt").write_text(users)
        (folder / "imprune.yaml").write_text(
            MANIFEST.format(service=service, users=len(place.users)))
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(self.scratch), "LC_ALL": "C.UTF-8",
            "IMPRUNE_SECRET_KEY": KEY, "AWS_ACCESS_KEY_ID": ACCESS, "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_ENDPOINT_URL_S3": f"http://{store}"}
        with open(self.output, "wb") as output:
            self.process = place.start_process(
                [place.soak.bin / "imprune", *arguments], cwd=folder, env=environment, stdout=output,
                stderr=output)

    @property
    def text(self):
        return self.output.read_text(errors="replace") if self.output.exists() else ""

    def end(self, seconds=180):
        """Its exit code; negative if a signal ended it."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"a run did not end within {seconds} s:\n{self.text}") from None

    def lose_machine(self):
        """Kills it, and deletes its files."""
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder)

    def expect(self, *codes):
        """Requires one of these exit codes, and that nothing is left in TMPDIR."""
        code = self.end()
        check(code in codes, "exit code", code, "instead of", codes, "of a run that said:\n" + self.text)
        check(
            not any(self.scratch.iterdir()), "files were left in TMPDIR:", os.listdir(self.scratch),
            "by a run that said:\n" + self.text)
        return self


class Place:
    """A service with users to remove, and an address for a state."""

    _numbers = itertools.count()

    def __init__(self, soak, users=1000, latency=0, jitter=0):
        self.soak = soak
        self.folder = soak.folder / f"place-{next(self._numbers)}"
        self.folder.mkdir()
        self.users = [f"user_{number:07}" for number in range(1, users + 1)]
        self.state = f"s3://{BUCKET}/{self.folder.name}/leavers.state"
        self.calls_file = self.folder / "calls"
        self._processes = []
        self._lock = threading.Lock()
        self._runs = itertools.count()
        soak.open(self)
        port = self.folder / "port"
        self.start_process(
            [soak.bin / "imprune-sandbox", "--port", "0", "--port-file", port, "--users", str(users),
             "--edition", "ultimate", "--enabled", "account_deletion", "--latency", str(latency),
             "--jitter", str(jitter), "--log", self.calls_file],
            env={"PATH": os.environ["PATH"], "IMPRUNE_SANDBOX_KEY": KEY}, stdout=subprocess.DEVNULL)
        wait_for(lambda: port.exists() and port.read_text(), "the sandbox")
        self.service = "127.0.0.1:" + port.read_text().strip()

    def start_process(self, command, **options):
        with self._lock:
            check(not self.soak.is_over, "the soak is over")
            process = subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL, start_new_session=True, **options)
            self._processes.append(process)
        return process

    def close(self):
        with self._lock:
            for process in self._processes:
                if process.poll() is None:
                    process.kill()
                    process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def start(self, *arguments, store=None, service=None, shared=True):
        """Starts imprune with the shared state."""
        folder = self.folder / f"machine-{next(self._runs)}"
        more = ["--state", self.state] if shared else []
        return Run(self, folder, [*arguments, *more], store or self.soak.store, service or self.service)

    def apply(self, *arguments, **places):
        return self.start("apply", "--auto-approve", "--new-state", *arguments, **places)

    def _page(self, name):
        with urllib.request.urlopen(f"http://{self.service}/sandbox/{name}", timeout=30) as answer:
            return answer.read().decode()

    def counters(self):
        return json.loads(self._page("counters"))

    def calls(self, after=0):
        """The calls that the service has seen, except the first ones: the endpoint and the ids."""
        lines = self.calls_file.read_text().splitlines()[after:]
        return [(call["endpoint"], call["ids"]) for call in map(json.loads, lines)]

    def removals(self, calls=None):
        """The users whom these calls were to remove, or all calls."""
        calls = self.calls() if calls is None else calls
        return [
            user for endpoint, ids in calls if endpoint == "account_delete"
            for user in ids if not user.startswith(PROBE)]

    def recorded(self):
        """The outcome of each user by the state and the log in the store; reads only."""
        pull = self.start("state", "pull", "copy.state")
        if pull.end() != 0:
            check("there is no state at" in pull.text, "a pull failed:\n" + pull.text)
            return {}
        copy = str(pull.folder / "copy.state")
        if os.path.exists(copy + ".journal"):
            self.start("state", "recover", "--state", copy, shared=False).expect(0)
        return self._list(self.start("state", "list", "--state", copy, shared=False))

    @staticmethod
    def _list(run):
        run.expect(0)
        lines = [line.split("\t") for line in run.text.splitlines() if line.startswith("user_")]
        return {fields[0]: fields[2] for fields in lines}

    def check_done(self):
        """Every user was removed exactly once, and the state has all of them."""
        last = self.apply().expect(0)
        check("No changes." in last.text, "the last run had something to do:\n" + last.text)
        history = [line.split("\t") for line in self._page("history").splitlines()]
        wrong = [fields for fields in history if fields[1:3] != ["1", "1"] and not fields[0].startswith(PROBE)]
        check(not wrong, "users were not removed exactly once:", wrong[:5])
        counters = self.counters()
        probes = sum(
            endpoint == "account_delete" and ids[0].startswith(PROBE) for endpoint, ids in self.calls())
        check(counters["users"] == 0, counters["users"], "users are left")
        check(counters["removed"] == len(self.users), "removed", counters["removed"])
        check(counters["removed_again"] == 0, "users were removed under an id of another person")
        check(counters["deletes_of_absent"] == probes, "users who were gone were sent again")
        outcomes = self._list(self.start("state", "list"))
        check(set(outcomes) == set(self.users), "the state has", len(outcomes), "users")
        check(set(outcomes.values()) <= {"removed", "already-absent"}, Counter(outcomes.values()))
        return Counter(outcomes.values())
