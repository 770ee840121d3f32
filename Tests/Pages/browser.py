"""Opens pages in a headless Chromium, over the DevTools protocol on pipes (no port, no library)."""

import fcntl
import json
import os
import subprocess
import tempfile


class Browser:
    """A browser without a network, ended at the end of the `with` block."""

    ARGUMENTS = [
        "chromium", "--headless=new", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu",
        "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update",
        "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND"]

    def __init__(self):
        self.profile = tempfile.TemporaryDirectory(prefix="pages-")
        # The browser reads from descriptor 3 and writes to 4.
        read, self.writing = (self._high(end) for end in os.pipe())
        self.reading, write = (self._high(end) for end in os.pipe())
        arguments = self.ARGUMENTS + [f"--user-data-dir={self.profile.name}"]
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")

        def connect():
            os.dup2(read, 3)
            os.dup2(write, 4)

        self.process = subprocess.Popen(
            arguments, preexec_fn=connect, close_fds=True, pass_fds=(3, 4),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(read)
        os.close(write)
        self.received = b""
        self.events = []
        self.number = 0

    @staticmethod
    def _high(descriptor):
        high = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10)
        os.close(descriptor)
        return high

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.profile.cleanup()

    def call(self, method, session=None, **parameters):
        """The result of a command; events that arrive meanwhile are kept."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.writing, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def wait(self, event):
        """Reads until an event of this name has arrived."""
        while not any(seen.get("method") == event for seen in self.events):
            self.events.append(self._next())

    def _next(self):
        while b"\0" not in self.received:
            part = os.read(self.reading, 1 << 20)
            if not part:
                raise RuntimeError("the browser has ended")
            self.received += part
        message, self.received = self.received.split(b"\0", 1)
        return json.loads(message)


class View:
    """One page at one width, light or dark, and what the browser reports about it."""

    def __init__(self, browser, path, width, scheme):
        self.browser = browser
        browser.events.clear()
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.target = target
        self.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")
        self._call(
            "Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1,
            mobile=width < 600)
        self._call(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.url = path.resolve().as_uri()
        self._call("Page.navigate", url=self.url)
        browser.wait("Page.loadEventFired")

    def _call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.browser.call("Target.closeTarget", targetId=self.target)

    def value(self, script):
        """The value of a script, which may be a promise."""
        result = self._call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{script}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def picture(self):
        """The whole page as PNG, in base64."""
        return self._call("Page.captureScreenshot", captureBeyondViewport=True)["data"]

    def complaints(self):
        """Errors and warnings of the console, and requests other than the page itself."""
        found = []
        for event in self.browser.events:
            about = event.get("params", {})
            match event.get("method"):
                case "Runtime.exceptionThrown":
                    found.append(f"exception: {about['exceptionDetails']['text']}")
                case "Runtime.consoleAPICalled":
                    found.append(f"console: {about['type']}")
                case "Log.entryAdded":
                    found.append(f"{about['entry']['level']}: {about['entry']['text']}")
                case "Network.requestWillBeSent":
                    url = about["request"]["url"]
                    if url != self.url and not url.startswith("data:"):
                        found.append(f"request: {url}")
        return found
