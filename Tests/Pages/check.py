"""Looks at the pages of `--html-out` in a browser: nothing but the page is loaded, the console is empty, the
text fits a phone, and the counts are those of the plan or the report."""

import argparse
import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from browser import Browser, View

KEY = "a-key-of-the-sandbox"
HOSTILE = [
    "<img src=x onerror=alert(1)>", "</script><b>", "&amp;<'\"`", "javascript:alert(1)", "]]>--><!--",
    "a\u0301", "用户😀"]


class Tools:
    """The built tools, and a folder for each story."""

    def __init__(self, bin, folder):
        self.bin, self.root = bin.resolve(), folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.env = {"PATH": os.defpath, "HOME": str(folder), "IMPRUNE_SECRET_KEY": KEY, "TZ": "UTC"}

    def story(self, name):
        folder = self.root / name
        folder.mkdir()
        return folder

    def run(self, folder, *words, code=0):
        """Runs imprune, which must exit with this code."""
        done = subprocess.run(
            [self.bin / "imprune", *words], cwd=folder, env=self.env, capture_output=True, text=True)
        if done.returncode != code:
            sys.exit(f"imprune {' '.join(words)} exited with {done.returncode}:\n{done.stdout}{done.stderr}")

    def sandbox(self, folder, *options):
        return Sandbox(self, folder, options)


class Sandbox:
    """A running imprune-sandbox, ended at the end of the `with` block."""

    def __init__(self, tools, folder, options):
        file = folder / "port"
        self.process = subprocess.Popen(
            [tools.bin / "imprune-sandbox", "--port", "0", "--port-file", file, "--edition", "ultimate",
             "--enabled", "account_deletion,tag_push", *options],
            env=tools.env | {"IMPRUNE_SANDBOX_KEY": KEY}, stdout=subprocess.DEVNULL)
        while not file.exists():
            if self.process.poll() is not None:
                sys.exit("the sandbox did not start")
            time.sleep(0.02)
        self.port = int(file.read_text())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def write(folder, port, ids, cleared=(), guards="max_removals: 20000"):
    """A manifest that removes and clears these users."""
    clears = f"  - {{ids: {json.dumps(list(cleared), ensure_ascii=False)}, tags: []}}\n" if cleared else ""
    listed = json.dumps(ids, ensure_ascii=False) if ids else ""
    removals = f"  - {{ids: {listed}, account: absent, reason: left}}\n" if ids else ""
    users = removals + clears
    (folder / "imprune.yaml").write_text(
        "version: 1\n"
        f"app: {{sdk_app_id: 1400000000, endpoint: 'http://127.0.0.1:{port}', edition: ultimate, "
        "enabled: [account_deletion, tag_push]}\n"
        f"guards: {{{guards}}}\n"
        f"users:{' []' if not users else ''}\n{users}", encoding="utf-8")


def numbered(count):
    return [f"user_{number:07}" for number in range(1, count + 1)]


# --- The stories: each makes pages, and names the JSON that each must agree with ---


def empty(tools):
    folder = tools.story("empty")
    write(folder, 8080, [])
    tools.run(folder, "init")
    tools.run(folder, "plan", "--html-out", "plan.html", "--json-out", "plan.json")
    return [(folder / "plan.html", plan_counts(folder / "plan.json"))]


def many(tools):
    folder = tools.story("many")
    write(folder, 8080, numbered(9000), [f"tagged_{number}" for number in range(1000)])
    tools.run(folder, "init")
    tools.run(folder, "plan", "--html-out", "plan.html", "--json-out", "plan.json")
    tools.run(folder, "show", "plan.json", "--html-out", "show.html")
    counts = plan_counts(folder / "plan.json")
    return [(folder / "plan.html", counts), (folder / "show.html", counts)]


def refused(tools):
    folder = tools.story("refused")
    write(folder, 8080, numbered(30), guards="max_removals: 10, protected: [user_0000007]")
    tools.run(folder, "init")
    tools.run(folder, "plan", "--html-out", "plan.html", "--json-out", "plan.json", code=4)
    return [(folder / "plan.html", plan_counts(folder / "plan.json"))]


def hostile(tools):
    folder = tools.story("hostile")
    (folder / "users").write_text("".join(id + "\n" for id in HOSTILE), encoding="utf-8")
    with tools.sandbox(folder, "--users-file", folder / "users") as sandbox:
        write(folder, sandbox.port, HOSTILE)
        tools.run(folder, "init")
        tools.run(folder, "plan", "--html-out", "plan.html", "--json-out", "plan.json")
        counts = plan_counts(folder / "plan.json")
        apply(tools, folder)
        tools.run(folder, "refresh", "--html-out", "refresh.html")
    return [
        (folder / "plan.html", counts | {"ids": HOSTILE}),
        (folder / "apply.html", report_counts(folder / "report.json") | {"ids": HOSTILE}),
        (folder / "refresh.html", {})]


def throttled(tools):
    folder = tools.story("throttled")
    with tools.sandbox(
            folder, "--users", "10000", "--tags", "vip", "--rate", "20", "--fault", "502-before:9",
            "--fault", "items=70169*3:12") as sandbox:
        write(folder, sandbox.port, numbered(9000), [f"user_{number:07}" for number in range(9001, 9101)])
        tools.run(folder, "init")
        apply(tools, folder, code=None)
    counts = report_counts(folder / "report.json")
    if not json.loads((folder / "report.json").read_text())["pace"]:
        sys.exit("the service did not refuse a call of the throttled run")
    return [(folder / "apply.html", counts | {"plots": 3})]


def interrupted(tools):
    folder = tools.story("interrupted")
    with tools.sandbox(folder, "--users", "3000", "--latency", "30") as sandbox:
        write(folder, sandbox.port, numbered(3000))
        tools.run(folder, "init")
        process = subprocess.Popen(
            [tools.bin / "imprune", *APPLY, "--rate", "5"], cwd=folder, env=tools.env,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        journal = folder / "imprune.state.journal"
        while not journal.exists() or journal.read_text().count("\toutcome\t") < 12:
            if process.poll() is not None:
                sys.exit("the run to interrupt has ended")
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        if process.wait() != 130:
            sys.exit(f"the interrupted run exited with {process.returncode}")
    return [(folder / "apply.html", report_counts(folder / "report.json") | {"plots": 3})]


APPLY = ["apply", "--auto-approve", "--html-out", "apply.html", "--report", "report.json"]


def apply(tools, folder, code=0):
    if code is None:
        subprocess.run(
            [tools.bin / "imprune", *APPLY], cwd=folder, env=tools.env, capture_output=True)
    else:
        tools.run(folder, *APPLY, code=code)


def plan_counts(path):
    """What a page of a plan must show."""
    plan = json.loads(path.read_text())
    counts = plan["summary"]
    return {
        "tiles": {
            "to remove, irreversible": counts["removals"], "to clear": counts["clears"],
            "unchanged": counts["unchanged"]},
        "rows": len(plan["items"]) + len(plan["blocked"])}


def report_counts(path):
    """What a page of an apply must show."""
    report = json.loads(path.read_text())
    counts = report["counts"]
    return {
        "tiles": {name.replace("_", " "): count for name, count in counts.items()
                  if name not in ("cleared",) or count},
        "rows": len(report["users"])}


# --- Looking ---

FITS = "document.documentElement.scrollWidth <= window.innerWidth"
BRIGHTNESS = """(() => {
  const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g).map(Number);
  return (r + g + b) / 765;
})()"""
TILES = """Object.fromEntries([...document.querySelectorAll('.tiles li')].map((tile) => [
  tile.lastChild.textContent.trim(), Number(tile.querySelector('b').textContent.replaceAll(',', ''))]))"""
ROWS = "document.querySelectorAll('details.users tbody tr').length"
SHOWN = "[...document.querySelectorAll('details.users tbody tr')].filter((row) => !row.hidden).length"
IDS = "[...document.querySelectorAll('details.users td.id')].map((cell) => cell.textContent)"
PLOTS = "document.querySelectorAll('figure svg').length"


def search(text):
    """Types into the filter box, and waits longer than the page does."""
    return f"""(async () => {{
      const box = document.getElementById('filter');
      box.value = {json.dumps(text)};
      box.dispatchEvent(new Event('input'));
      await new Promise((done) => setTimeout(done, 400));
      return {SHOWN};
    }})()"""


def problems(view, expected, scheme):
    """What is wrong with a page."""
    found = []

    def require(what, seen, wanted):
        if seen != wanted:
            found.append(f"{what}: {seen}, not {wanted}")

    require("fits its width", view.value(FITS), True)
    require("is dark", view.value(BRIGHTNESS) < 0.3, scheme == "dark")
    if "tiles" in expected:
        tiles = view.value(TILES)
        require("counts", {name: tiles.get(name) for name in expected["tiles"]}, expected["tiles"])
    if "rows" in expected:
        require("users", view.value(ROWS), expected["rows"])
    if "ids" in expected:
        require("ids", sorted(view.value(IDS)), sorted(expected["ids"]))
    if "plots" in expected:
        require("has its plots", view.value(PLOTS) >= expected["plots"], True)
    if expected.get("rows"):
        first = view.value(IDS)[0]
        require("the filter finds the first user", view.value(search(first)) >= 1, True)
        require("the filter finds no user", view.value(search("no such user")), 0)
        require("an empty filter shows all", view.value(search("")), expected["rows"])
    return found + view.complaints()


def control(tools):
    """A page with everything that must be found."""
    page = tools.story("control") / "page.html"
    page.write_text(
        "<!DOCTYPE html><meta name=viewport content='width=device-width'>"
        "<body style='width:3000px;background:#888'><ul class=tiles><li><b>7</b>removed</ul>"
        "<script>console.log('x'); undefined.x</script><img src=http://example.com/>")
    return page


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--bin", type=Path, default=Path(".build/debug"))
    options.add_argument("--folder", type=Path, default=Path(".build/pages"))
    options.add_argument("--pictures", action="store_true", help="keep a picture of each page")
    options.add_argument("stories", nargs="*", help="which stories; all by default")
    options = options.parse_args()
    tools = Tools(options.bin, options.folder.resolve())
    failed = False
    with Browser() as browser:
        with View(browser, control(tools), 390, "dark") as view:
            found = " ".join(problems(view, {"tiles": {"removed": 8}, "rows": 1 - 1}, "dark"))
            for sign in ("fits", "dark", "counts", "console", "exception", "request"):
                if sign not in found:
                    sys.exit(f"the check does not see what is wrong ({sign}): {found}")
        for story in (empty, many, refused, hostile, throttled, interrupted):
            if options.stories and story.__name__ not in options.stories:
                continue
            for page, expected in story(tools):
                for scheme in ("light", "dark"):
                    for width in (1280, 360):
                        name = f"{story.__name__}/{page.stem}, {scheme}, {width} px"
                        with View(browser, page, width, scheme) as view:
                            found = problems(view, expected, scheme)
                            if options.pictures:
                                picture = page.with_name(f"{page.stem}-{scheme}-{width}.png")
                                picture.write_bytes(base64.b64decode(view.picture()))
                        print(f"{'FAIL' if found else 'ok  '} {name}")
                        for problem in found:
                            failed = True
                            print(f"     {problem}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
