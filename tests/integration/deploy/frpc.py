"""A stand-in for `frpc -c FILE`: joins the proxy's remote port, here on this machine, with the Unix socket.

It fills in the template as Go does for the two forms that our file uses, and refuses others; it parses the result as
TOML, keeps it in $FRPC_SAW, and passes bytes on, one connection after the other. It leaves unproved Go's own templates,
frp's protocol, its TLS, its log-in at HaRP, and that the real program knows every key of the file.
"""

import os
import re
import socket
import sys
import tomllib
from pathlib import Path

_CHOICE = re.compile(r"\{\{ if \.Envs\.(\w+) \}\}(.*?)\{\{ else \}\}(.*?)\{\{ end \}\}", re.DOTALL)
_VALUE = re.compile(r"\{\{ \.Envs\.(\w+) \}\}")


def main(path: str) -> None:
    """Serve until killed."""
    template = Path(path).read_text()
    chosen = _CHOICE.sub(lambda found: found[2] if os.environ.get(found[1]) else found[3], template)
    filled = _VALUE.sub(lambda found: os.environ[found[1]], chosen)
    if "{{" in filled:
        sys.exit(f"this stand-in does not know the template {filled}")
    settings = tomllib.loads(filled)
    Path(os.environ["FRPC_SAW"]).write_text(filled)
    (proxy,) = settings["proxies"]
    with socket.create_server(("127.0.0.1", proxy["remotePort"])) as listening:
        while True:
            caller, _ = listening.accept()
            with caller, socket.socket(socket.AF_UNIX) as app:
                try:
                    app.connect(proxy["plugin"]["unixPath"])
                except OSError:
                    continue  # not up yet: the caller sees the connection close
                app.sendall(caller.recv(65536))
                while answer := app.recv(65536):
                    caller.sendall(answer)


if __name__ == "__main__":
    main(sys.argv[sys.argv.index("-c") + 1])
