"""A proxy in front of an HTTP server of this machine, which can act at every request."""

import http.client
import http.server
import socket
import threading
import time


#: What `before` returns to forward the headers of a request without its body.
CUT = "cut"


class Request:
    """A request on its way."""

    is_any = True

    def __init__(self, method, path, headers, body):
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body

    @property
    def is_append(self):
        """Whether it creates an entry of a log, or tries to."""
        parts = self.path.split("?")[0].split("/")
        return self.method == "PUT" and parts[-2].endswith(".log") and parts[-1].isdigit()

    @property
    def is_save(self):
        """Whether it replaces a state."""
        return self.method == "PUT" and not self.is_append

    @property
    def is_removal(self):
        """Whether it is a call to the service that removes users of the list."""
        return "account_delete" in self.path and b"imprune-probe-" not in self.body


class Trigger:
    """Acts on a run once, at the nth request of a kind. It returns what `act` returns, and whether to forward
    requests `afterwards`."""

    def __init__(self, kind, number, act, afterwards=True):
        self.kind, self.number, self.act, self.afterwards = kind, number, act, afterwards
        self.fired = threading.Event()
        self._run = None
        self._is_aimed = threading.Event()
        self._seen = 0
        self._lock = threading.Lock()

    def aim(self, run):
        """Requests wait until the run is known."""
        self._run = run
        self._is_aimed.set()

    def __call__(self, request):
        self._is_aimed.wait()
        with self._lock:
            self._seen += getattr(request, self.kind)
            if self.fired.is_set():
                return self.afterwards
            if self._seen < self.number:
                return True
            self.fired.set()
        return self.act(self._run)


class Proxy:
    """Forwards requests. `before` is called with each of them, `after` when its response is there. If one of
    them returns false, the connection is closed instead, without the request or without its response."""

    def __init__(self, server, before=None, after=None):
        self.server = server
        self.before = before or (lambda request: True)
        self.after = after or (lambda request: True)
        self._requests = []
        self._lock = threading.Lock()
        self._listener = _Listener(("127.0.0.1", 0), _Handler)
        self._listener.proxy = self
        self.address = "127.0.0.1:%d" % self._listener.server_address[1]
        threading.Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.shutdown()
        self._listener.server_close()

    def note(self, request):
        with self._lock:
            self._requests.append(request)

    def count(self, kind):
        """How many requests of a kind have come."""
        with self._lock:
            return sum(getattr(request, kind) for request in self._requests)


class _Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, *_):
        """Clients are killed, which breaks their connections."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def _forward(self):
        proxy = self.server.proxy
        length = int(self.headers.get("Content-Length") or 0)
        request = Request(self.command, self.path, self.headers, self.rfile.read(length))
        proxy.note(request)
        self.close_connection = True
        decision = proxy.before(request)
        if not decision:
            return
        response = self._send(proxy.server, request, is_cut=decision == CUT)
        if response is None or not proxy.after(request):
            return
        self.close_connection = False
        self.wfile.write(response)

    def _send(self, server, request, is_cut):
        """The bytes of the response to give back; None if there is none."""
        connection = http.client.HTTPConnection(server, timeout=60)
        try:
            connection.putrequest(
                request.method, request.path, skip_host=True, skip_accept_encoding=True)
            for name, value in request.headers.items():
                connection.putheader(name, value)
            connection.endheaders(None if is_cut else request.body or None)
            if is_cut:
                # The server has read the headers before the connection ends.
                time.sleep(0.2)
                return None
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        head = [f"HTTP/1.1 {response.status} {response.reason}"]
        hidden = {"connection", "transfer-encoding", "content-length"}
        head += [f"{name}: {value}" for name, value in response.getheaders() if name.lower() not in hidden]
        length = response.getheader("Content-Length") if request.method == "HEAD" else len(body)
        if response.status not in (204, 304) and length is not None:
            head.append(f"Content-Length: {length}")
        return "\r\n".join(head + ["", ""]).encode("latin-1") + body

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _forward
