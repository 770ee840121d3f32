"""Makes manifests, lists and states. The same size and seed give the same bytes."""

import hashlib
import multiprocessing
import random
import shutil
import zlib
from array import array
from pathlib import Path

SEED = 20261121
APP = 1400000000
# Of equal length, so that they sort like their numbers.
USER = "user_%08d"
REASON = "contract ended"
LINEAGE = "5f0c2a9be1d34788"
RUN = "8f2c41d09ab3"
TIME = "2026-11-21T03:40:12Z"
RECORD = USER + f"\tremove-account\t1\tremoved\t{TIME}\t{RUN}\t-\t-\t-\t-\n"
# Lines formatted at a time.
CHUNK = 10_000


def numbers(count, shuffled):
    """The numbers of that many users, from 1."""
    numbers = array("I", range(1, count + 1))
    if shuffled:
        random.Random(SEED).shuffle(numbers)
    return numbers


def some(count, of):
    """The numbers of `count` users out of `of`, sorted."""
    chosen = numbers(of, shuffled=count < of)[:count]
    return array("I", sorted(chosen))


def lines(numbers, line):
    """The lines in chunks of text."""
    for start in range(0, len(numbers), CHUNK):
        part = numbers[start:start + CHUNK]
        yield line * len(part) % tuple(part)


def manifest_head(location="region: singapore", protected=()):
    """Everything before the users; nothing in it refuses a plan."""
    globs = "  protected:\n" if protected else ""
    globs += "".join(f"    - '{glob}'\n" for glob in protected)
    return f"""\
version: 1
app:
  sdk_app_id: {APP}
  {location}
  edition: ultimate
  enabled: [account_deletion, tag_push]
guards:
  max_removals: 50000000
  max_clears: 50000000
{globs}users:
"""


def block_manifest(count):
    """An entry of three lines for each user."""
    yield manifest_head()
    entry = f"  - id: {USER}\n    account: absent\n    reason: {REASON}\n"
    yield from lines(numbers(count, shuffled=True), entry)


def list_manifest(count, shuffled):
    """One entry with its ids as a YAML list."""
    yield manifest_head()
    yield f"  - account: absent\n    reason: {REASON}\n    ids:\n"
    yield from lines(numbers(count, shuffled), f"      - {USER}\n")


def id_list(count, shuffled):
    """One id per line."""
    yield from lines(numbers(count, shuffled), USER + "\n")


def globs(count):
    """Globs of four kinds that match none of the users."""
    kinds = ("svc_%05d_*", "*_ops_%05d", "team_%05d_*_bot", "dept_%05d_*_lead_*")
    return [kinds[number % 4] % number for number in range(count)]


def naming_manifest(name, location="region: singapore", wish="account: absent", protected=()):
    """One entry with its ids in a file."""
    yield manifest_head(location, protected)
    yield f"  - ids_from: {name}\n    {wish}\n    reason: {REASON}\n"


def state_head(count, service):
    """Everything before the records."""
    return (
        f"imprune-state\t1\napp\t{APP}\nservice\t{service}\nlineage\t{LINEAGE}\n"
        f"serial\t1\nrecords\t{count}\nunfinished\t-\n")


def state_end(checksum):
    """The last line, after the SHA-256 of all others."""
    return f"checksum\tsha256:{checksum.hexdigest()}\n"


def state(count, of, service):
    """A state in which `count` of `of` users are removed."""
    checksum = hashlib.sha256()

    def counted(text):
        checksum.update(text.encode())
        return text

    yield counted(state_head(count, service))
    for piece in lines(some(count, of), RECORD):
        yield counted(piece)
    yield state_end(checksum)


def journal(serial, user):
    """The journal of a run killed after it removed one user; `serial` is the state's."""
    digest = "0" * 64
    for line in (
        f"journal\t1\t{APP}\tlive\t{LINEAGE}\t{serial}\t{RUN}\t{digest}",
        f"intent\t1\tremove-account\t{TIME}\t1\t{user}",
        f"outcome\t1\t{TIME}\tr",
    ):
        yield f"{zlib.crc32(line.encode()):08x}\t{line}\n"


def bodies(count):
    """The bodies of account_delete for that many batches of 100 users, one per line."""
    for batch in range(count):
        users = ",".join(
            '{"UserID":"%s"}' % (USER % (batch * 100 + user)) for user in range(1, 101))
        yield '{"DeleteItem":[%s]}\n' % users


def terraform(count):
    """A resource for each user. One with `for_each` over a list takes far longer."""
    resource = f'resource "terraform_data" "{USER}" {{\n  input = "{REASON}"\n}}\n'
    yield from lines(numbers(count, shuffled=True), resource)


def write(path, pieces):
    """Writes a file completely or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".draft")
    with open(draft, "w", encoding="utf-8") as file:
        for piece in pieces:
            file.write(piece)
    draft.rename(path)
    return path


class Inputs:
    """A folder of inputs; existing ones are kept unless this file has changed."""

    def __init__(self, folder):
        version = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
        self.folder = folder / version
        self.folder.mkdir(parents=True, exist_ok=True)
        for other in folder.iterdir():
            if other != self.folder:
                shutil.rmtree(other)

    def _made(self, name, make, *arguments):
        path = self.folder / name
        if not path.exists():
            # In its own process: a command's peak memory begins with its parent's.
            process = multiprocessing.get_context("fork").Process(
                target=lambda: write(path, make(*arguments)))
            process.start()
            process.join()
            if process.exitcode != 0:
                raise RuntimeError(f"{name} could not be made")
        return path

    def block(self, count):
        return self._made(f"block-{count}/imprune.yaml", block_manifest, count)

    def list(self, count, shuffled=True):
        order = "shuffled" if shuffled else "sorted"
        return self._made(f"list-{order}-{count}/imprune.yaml", list_manifest, count, shuffled)

    def ids(self, count, shuffled=True):
        order = "shuffled" if shuffled else "sorted"
        return self._made(f"ids-{order}-{count}/leavers.txt", id_list, count, shuffled)

    def naming(self, count, shuffled=True):
        """A manifest beside its list."""
        ids = self.ids(count, shuffled)
        name = f"{ids.parent.name}/imprune.yaml"
        return self._made(name, naming_manifest, ids.name)

    def state(self, count, of=None, service="live"):
        of = of or max(count, 1)
        return self._made(f"{service}-{count}-of-{of}.state", state, count, of, service)

    def bodies(self, count):
        return self._made(f"bodies-{count}.jsonl", bodies, count)

    def terraform(self, count):
        """A folder with a configuration."""
        return self._made(f"terraform-{count}/main.tf", terraform, count).parent
