"""The data API of an OPA server on loopback: `POST /v1/data/<package>/<rule>` over one policy, and its faults.

Real HTTP, so that our client and its timeouts are what is tested. The policy is evaluated by the interpreter that the
product uses itself: it leaves unproved that OPA's own evaluator reads the file in the same way, and how fast OPA is.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from regopy import Interpreter


class OpaServer:
    """Serves the policy of a file. `status`, `body` and `waits` are faults that may be set between requests.

    `body` is sent in place of the answer; while `waits` is set, no answer comes. `asked` are the documents of input.
    """

    def __init__(self, policy: Path) -> None:
        self.status = 200
        self.body: bytes | None = None
        self.waits = False
        self.asked: list[Any] = []
        self._released = threading.Event()
        self._turn = threading.Lock()
        self._interpreter = Interpreter()
        self._interpreter.add_module(policy.name, policy.read_text())
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    @contextmanager
    def serving(self) -> Iterator["OpaServer"]:
        """Answer until the block ends."""
        thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield self
        finally:
            self._released.set()
            self._http.shutdown()
            self._http.server_close()
            thread.join()

    def answer(self, path: str, content: bytes) -> bytes:
        """What the data API says: the rule's value as `result`, nothing where it is undefined."""
        document = json.loads(content)["input"]
        self.asked.append(document)
        rule = ".".join(path.strip("/").split("/")[1:])  # v1/data/a/b is data.a.b
        with self._turn:
            self._interpreter.set_input_term(json.dumps(document))
            results = self._interpreter.query(rule).results
        value = results[0].expressions if results else []
        return json.dumps({"result": value[0]} if value else {}).encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                if server.waits:
                    server._released.wait()
                    self.close_connection = True
                    return
                body = server.answer(self.path, content) if server.body is None else server.body
                self.send_response(server.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler
