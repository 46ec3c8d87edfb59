"""The processes that are compared: the backend alone, and what may stand in front of it."""

import contextlib
import http.client
import json
import os
import pathlib
import pwd
import re
import socket
import subprocess
import threading
import time

import machine

START_SECONDS = 30
BOTH = "application/json, text/event-stream"
PREFER_SSE = "text/event-stream, application/json;q=0.5"

# As it comes with the distribution (a worker for each core), and as fast as it is: upstream connections are kept, and
# no answer is written to a file.
NGINX = """
daemon off; {user} worker_processes {workers}; worker_rlimit_nofile 16384;
pid {dir}/nginx.pid; error_log {dir}/error.log;
events {{ worker_connections 8192; }}
http {{
  access_log off; {extra} tcp_nodelay on; keepalive_requests 1000000000; proxy_max_temp_file_size 0;
  client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/fastcgi;
  uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;
  upstream backend {{ server {backend}; keepalive 512; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{ proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection ""; }}
  }}
}}
"""


class Skipped(Exception):
    """A target that this build does not have."""


class Target:
    """A server process that answers MCP at `address`; ended when `stack` is closed."""

    def __init__(self, stack, name, command, address=None, ports=1):
        self.name = name
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        stack.callback(self.stop)
        self.addresses = [address] if address else self._ready_lines(ports)
        self.address = self.addresses[0]
        self.session = None
        self._pids = None

    def _ready_lines(self, ports):
        addresses = []
        for line in self.process.stdout:
            match = re.search(r"listening on http://(127\.0\.0\.1:\d+)/mcp", line)
            if match:
                addresses.append(match[1])
            if len(addresses) == ports:
                # What it prints later must not fill the pipe and stop it.
                threading.Thread(target=self.process.stdout.read, daemon=True).start()
                return addresses
        code = self.process.wait()
        if code == 2:
            raise Skipped(f"{self.name} refused its command line")
        raise SystemExit(f"{self.name} ended with {code} before it was ready")

    def wait_until_open(self):
        host, port = self.address.split(":")
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection((host, int(port))).close()
                return self
            except ConnectionRefusedError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"{self.name} does not listen on {self.address}") from None
                time.sleep(0.02)

    def post(self, message, accept=BOTH):
        headers = {"Content-Type": "application/json", "Accept": accept}
        if self.session:
            headers |= {"Mcp-Session-Id": self.session, "MCP-Protocol-Version": "2025-11-25"}
        connection = http.client.HTTPConnection(self.address, timeout=START_SECONDS)
        with contextlib.closing(connection):
            connection.request("POST", "/mcp", json.dumps(message), headers)
            response = connection.getresponse()
            text = response.read().decode()
        if response.status not in (200, 202):
            raise SystemExit(f"{self.name} answered {response.status} to {message['method']}: {text}")
        return response, text

    def open_session(self):
        params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}
        response, _ = self.post({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params})
        self.session = response.headers["Mcp-Session-Id"]
        self.post({"jsonrpc": "2.0", "method": "notifications/initialized"})
        return self

    @property
    def pids(self):
        if self._pids is None:
            self._pids = machine.with_children(self.process.pid)
        return self._pids

    def cpu_seconds(self):
        return machine.cpu_seconds(self.pids)

    def rss_kib(self):
        return machine.rss_kib(self.pids)

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_backend(stack, build, ports):
    return Target(stack, "direct", [build / "tests/bench/mcprouter-bench-backend", str(ports)], ports=ports)


def start_nginx(stack, directory, backend, workers="auto", extra=""):
    """`extra` are more directives of its block http."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    user = f"user {pwd.getpwuid(0).pw_name} root;" if os.geteuid() == 0 else ""
    config = directory / "nginx.conf"
    settings = {"dir": directory, "backend": backend.address, "port": port, "user": user}
    config.write_text(NGINX.format(**settings, workers=workers, extra=extra))
    command = ["nginx", "-p", str(directory), "-c", str(config), "-e", str(directory / "error.log")]
    return Target(stack, "nginx", command, f"127.0.0.1:{port}").wait_until_open()


def start_gateway(stack, directory, build, engine, backends, sessions=None, extra=()):
    """Starts the gateway on `engine` in front of these addresses; the first gets the name b1, and so on. `extra` are
    more of its options."""
    binary = build / "examples/mcprouter-gateway"
    command = [binary]
    usage = subprocess.run([binary, "--help"], stdout=subprocess.PIPE, text=True, check=True).stdout
    if "--engine" in usage:
        command += ["--engine", engine]
    elif engine != "httplib":
        raise Skipped(f"{engine}: skipped, this gateway has no --engine")
    servers = {f"b{i + 1}": {"type": "http", "url": f"http://{address}/mcp"} for i, address in enumerate(backends)}
    limit = (sessions or 0) + 1000
    router = {"sessions": {"maxSessions": limit, "maxSessionsPerClient": limit}}
    config = pathlib.Path(directory) / f"gateway-{engine}-{len(servers)}.json"
    config.write_text(json.dumps({"mcpServers": servers, "router": router}))
    command += ["--config", str(config), "--listen", "127.0.0.1:0", "--log-level", "error", *extra]
    return Target(stack, engine, command)
