"""The processes that are compared: the backend alone, and what may stand in front of it."""

import http.client
import json
import os
import pathlib
import re
import socket
import subprocess
import threading
import time

START_SECONDS = 15
TICKS = os.sysconf("SC_CLK_TCK")

NGINX = """
daemon off; master_process off; worker_processes 1; pid {dir}/nginx.pid; error_log {dir}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; tcp_nodelay on; keepalive_requests 1000000000;
  client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/fastcgi;
  uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;
  upstream backend {{ server {backend}; keepalive 64; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{ proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection ""; }}
  }}
}}
"""


class Target:
    """A server process that answers MCP at `address`; ended when `stack` is closed."""

    def __init__(self, stack, name, command, address=None):
        self.name = name
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        stack.callback(self.stop)
        self.address = address or self._ready_line()
        self.session = None

    def _ready_line(self):
        for line in self.process.stdout:
            match = re.search(r"listening on http://(127\.0\.0\.1:\d+)/mcp", line)
            if match:
                # What it prints later must not fill the pipe and stop it.
                threading.Thread(target=self.process.stdout.read, daemon=True).start()
                return match[1]
        raise SystemExit(f"{self.name} ended with {self.process.wait()} before it was ready")

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

    def _post(self, message):
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        if self.session:
            headers |= {"Mcp-Session-Id": self.session, "MCP-Protocol-Version": "2025-11-25"}
        connection = http.client.HTTPConnection(self.address, timeout=START_SECONDS)
        connection.request("POST", "/mcp", json.dumps(message), headers)
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        if response.status not in (200, 202):
            raise SystemExit(f"{self.name} answered {response.status} to {message['method']}: {text}")
        return response, text

    def open_session(self):
        params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}
        response, _ = self._post({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params})
        self.session = response.headers["Mcp-Session-Id"]
        self._post({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def check(self, tool, size):
        """Makes one call and stops the bench unless its answer is the whole payload, as JSON."""
        params = {"name": tool, "arguments": {"a": 1}}
        response, text = self._post({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
        is_json = response.headers.get_content_type() == "application/json"
        if not is_json or "result" not in json.loads(text) or abs(len(text) - size) > 0.1 * size:
            raise SystemExit(f"{self.name} does not answer {tool} with {size} bytes of JSON: {text[:300]}")

    def cpu_seconds(self):
        stat = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / TICKS

    def rss_kib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1])

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_nginx(stack, directory, backend):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = directory / "nginx.conf"
    config.write_text(NGINX.format(dir=directory, backend=backend.address, port=port))
    command = ["nginx", "-p", str(directory), "-c", str(config), "-e", str(directory / "error.log")]
    return Target(stack, "nginx", command, f"127.0.0.1:{port}").wait_until_open()


def start_gateway(stack, directory, backend, binary):
    config = directory / "mcprouter.json"
    config.write_text(json.dumps({"mcpServers": {"bench": {"type": "http", "url": f"http://{backend.address}/mcp"}}}))
    command = [binary, "--config", str(config), "--listen", "127.0.0.1:0", "--log-level", "warn"]
    return Target(stack, "gateway", command)
