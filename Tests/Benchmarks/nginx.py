"""nginx in front of a sandbox, with its own limit."""

import os
import socket
import subprocess
import time
from collections import Counter

# Its default status for a rejected call.
REJECTED = "503"

# A request is counted under its path, as the service counts the calls of an endpoint. nginx counts
# in whole milliseconds and takes one call too early at most. (`return` in place of `proxy_pass`
# would answer before the limit is applied.)
CONFIGURATION = """\
{user}
daemon off;
worker_processes 1;
pid nginx.pid;
error_log error.log crit;
events {{ worker_connections 1024; }}
http {{
  log_format status '$status';
  access_log access.log status;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  keepalive_requests 1000000;
  limit_req_zone $uri zone=calls:1m rate={rate}r/s;
  limit_req_log_level info;
  upstream sandbox {{
    server 127.0.0.1:{sandbox};
    keepalive 256;
    keepalive_requests 1000000;
  }}
  server {{
    listen 127.0.0.1:{port}{tls};
    location / {{
      limit_req zone=calls burst=1 nodelay;
      proxy_pass http://sandbox;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }}
  }}
}}
"""


TLS = " ssl; ssl_certificate certificate.pem; ssl_certificate_key key.pem"


class Nginx:
    """A running nginx, stopped at the end of the `with` block.

    With `tls`, it has a certificate of its own, `certificate`, and no limit that counts.
    """

    def __init__(self, bench, sandbox, tls=False):
        self.folder = bench.folder("nginx")
        self.port = free_port()
        self.certificate = self.folder / "certificate.pem"
        if tls:
            self._certify()
        (self.folder / "nginx.conf").write_text(CONFIGURATION.format(
            user="user root;" if os.getuid() == 0 else "",
            sandbox=sandbox.port, port=self.port, tls=TLS if tls else "",
            rate=1_000_000 if tls else 100))
        self.process = subprocess.Popen(
            ["nginx", "-p", str(self.folder), "-c", "nginx.conf"], env=bench.env)
        self._wait()

    def _certify(self):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1",
             "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
             "-keyout", self.folder / "key.pem", "-out", self.certificate],
            check=True, stderr=subprocess.DEVNULL)

    def _wait(self):
        for _ in range(200):
            with socket.socket() as connection:
                if connection.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError("nginx did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def statuses(self):
        """How often nginx returned each status; complete only after it has stopped."""
        return Counter((self.folder / "access.log").read_text().split())


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
