"""The client of the scale part: many sessions, connections and calls out of one process, on plain sockets.

Its parsing is that of a client that knows the server: answers are whole, lengths are right.
"""

import json
import re
import selectors
import socket
import time

PROTOCOL = "2025-11-25"
TIMEOUT_SECONDS = 60
ANNOUNCE_SECONDS = 5
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 0,
    "method": "initialize",
    "params": {"protocolVersion": PROTOCOL, "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}},
}
INITIALIZED = {"jsonrpc": "2.0", "method": "notifications/initialized"}
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
ANNOUNCE = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "announce", "arguments": {}}}
CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "payload_300", "arguments": {"a": 1}}}


def session_fields(session):
    return f"Mcp-Session-Id: {session}\r\nMCP-Protocol-Version: {PROTOCOL}\r\n" if session else ""


def request_bytes(address, message, session):
    body = json.dumps(message, separators=(",", ":"))
    head = f"POST /mcp HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n"
    head += "Accept: application/json, text/event-stream\r\n" + session_fields(session)
    return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


def listen_bytes(address, session):
    head = f"GET /mcp HTTP/1.1\r\nHost: {address}\r\nAccept: text/event-stream\r\n"
    return f"{head}{session_fields(session)}\r\n".encode()


class Connection:
    """One keep-alive connection; blocks."""

    def __init__(self, address):
        host, port = address.split(":")
        self.address = address
        self.socket = socket.create_connection((host, int(port)), timeout=TIMEOUT_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, message, session=None):
        self.socket.sendall(request_bytes(self.address, message, session))

    def receive(self):
        """Returns the head of the answer; stops the bench unless that is good."""
        data = b""
        while True:
            more = self.socket.recv(65536)
            data += more
            head, blank, body = data.partition(b"\r\n\r\n")
            if blank:
                length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
                if length and len(body) >= int(length[1]) or not length and body.endswith(b"0\r\n\r\n"):
                    break
            if not more:
                raise SystemExit(f"{self.address} closed a connection after {data[:300]}")
        if not re.match(rb"HTTP/1.1 20[02] ", head) or b'"error":' in body:
            raise SystemExit(f"{self.address} answered {data[:300]}")
        return head

    def is_open(self):
        self.socket.setblocking(False)
        try:
            return self.socket.recv(1, socket.MSG_PEEK) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False

    def close(self):
        self.socket.close()


def open_sessions(address, count, with_upstream, width=16):
    """Opens sessions through `width` connections; each makes a call too if `with_upstream`. Returns their ids."""
    connections = [Connection(address) for _ in range(min(width, count))]
    ids = []
    while len(ids) < count:
        used = connections[: count - len(ids)]
        for connection in used:
            connection.send(INITIALIZE)
        heads = [connection.receive() for connection in used]
        made = [re.search(rb"(?i)\r\nmcp-session-id: *([^\r]+)", head)[1].decode() for head in heads]
        for message in [INITIALIZED, CALL] if with_upstream else [INITIALIZED]:
            for connection, session in zip(used, made):
                connection.send(message, session)
            for connection in used:
                connection.receive()
        ids += made
    for connection in connections:
        connection.close()
    return ids


def open_connections(address, count, session, width=128):
    """Opens connections that have each been used once."""
    connections = []
    while len(connections) < count:
        made = [Connection(address) for _ in range(min(width, count - len(connections)))]
        for connection in made:
            connection.send(PING, session)
        for connection in made:
            connection.receive()
        connections += made
    return connections


def make_calls(address, count, session, width=16):
    """Makes calls of one session through `width` connections, one at a time on each."""
    connections = [Connection(address) for _ in range(width)]
    for _ in range(count // width):
        for connection in connections:
            connection.send(CALL, session)
        for connection in connections:
            connection.receive()
    for connection in connections:
        connection.close()


class Calls:
    """Calls of slow_10s, each on a connection of its own, all at once."""

    def __init__(self, address, sessions):
        self.address = address
        self.sessions = sessions
        self.selector = selectors.DefaultSelector()
        self.answers = {}  # socket -> (id, what came)
        self.live = 0
        self.in_flight = 0  # that have sent a progress event, but not the answer

    def start(self, count):
        for number in range(count):
            connection = Connection(self.address)
            params = {"name": "slow_10s", "arguments": {}, "_meta": {"progressToken": number}}
            message = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}
            connection.send(message, self.sessions[number % len(self.sessions)])
            connection.socket.setblocking(False)
            self.answers[connection.socket] = (number, bytearray())
            self.selector.register(connection.socket, selectors.EVENT_READ)
            self.live += 1
            if number % 100 == 99:
                self._read(0)

    def run(self, each_second):
        """Returns when all have ended, or nothing has come for a while."""
        next_second = last = time.monotonic()
        while self.live and time.monotonic() - last < TIMEOUT_SECONDS:
            if self._read(max(0, next_second - time.monotonic())):
                last = time.monotonic()
            if time.monotonic() >= next_second:
                each_second(self.in_flight)
                next_second += 1

    def _read(self, timeout):
        ready = self.selector.select(timeout)
        for key, _ in ready:
            data = self.answers[key.fileobj][1]
            began = b"notifications/progress" in data
            try:
                more = key.fileobj.recv(65536)
            except ConnectionError:
                more = b""
            data += more
            ended = not more or data.endswith(b"\r\n0\r\n\r\n")
            begins = not began and b"notifications/progress" in data
            self.in_flight += begins - (ended and (began or begins))
            if ended:
                self.live -= 1
                self.selector.unregister(key.fileobj)
        return bool(ready)

    def complete(self):
        """Returns how many have got ten progress events and the answer."""
        return sum(self._is_complete(number, bytes(data)) for number, data in self.answers.values())

    @staticmethod
    def _is_complete(number, data):
        messages = [json.loads(line[6:]) for line in data.splitlines() if line.startswith(b"data: {")]
        progress = [message["params"] for message in messages if message.get("method") == "notifications/progress"]
        tokens = {params["progressToken"] for params in progress}
        answers = [message for message in messages if message.get("id") == number and "result" in message]
        return data.startswith(b"HTTP/1.1 200 ") and len(progress) == 10 and tokens == {number} and len(answers) == 1

    def close(self):
        for connection in self.answers:
            connection.close()
        self.selector.close()


class Listeners:
    """One notification stream for each session, all at once."""

    def __init__(self, address, sessions):
        self.address = address
        self.selector = selectors.DefaultSelector()
        self.seen = {}  # socket -> what came
        for number, session in enumerate(sessions):
            connection = Connection(address)
            connection.socket.sendall(listen_bytes(address, session))
            connection.socket.setblocking(False)
            self.seen[connection.socket] = bytearray()
            self.selector.register(connection.socket, selectors.EVENT_READ)
            if number % 100 == 99:
                self._read(0)

    def open(self):
        """Reads what has come. Returns how many streams there are."""
        while self._read(0):
            pass
        return sum(data.startswith(b"HTTP/1.1 200 ") for data in self.seen.values())

    def comments(self):
        """Reads what has come. Returns how many comments there were, each a chunk of its own, for a stream."""
        self.open()
        return sum(data.count(b"\r\n:\n\n") for data in self.seen.values()) / len(self.seen)

    def announce(self, session):
        """Has the backend tell everyone. Returns how many were reached, and how long it took until the last one was."""
        caller = Connection(self.address)
        missing = set(self.seen)
        begin = last = time.monotonic()
        caller.send(ANNOUNCE, session)
        while missing and time.monotonic() - last < ANNOUNCE_SECONDS:
            for reached in self._read(ANNOUNCE_SECONDS):
                if b"list_changed" in self.seen[reached]:
                    missing.discard(reached)
                    last = time.monotonic()
        caller.receive()
        caller.close()
        return len(self.seen) - len(missing), last - begin

    def _read(self, timeout):
        """Returns the connections that something came on."""
        ready = [key.fileobj for key, _ in self.selector.select(timeout)]
        for connection in ready:
            try:
                data = connection.recv(65536)
            except ConnectionError:
                data = b""
            self.seen[connection] += data
            if not data:
                self.selector.unregister(connection)
        return ready

    def close(self):
        for connection in self.seen:
            connection.close()
        self.selector.close()
