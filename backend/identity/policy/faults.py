"""Where in a policy's file an error stands, out of what the interpreter (rego-cpp) says about it."""

import json
import re

# (error 6:f.rego|80|2 (errormsg 16:this is unclosed) ...: name, offset and length in bytes; then the message's length.
_PLACED = re.compile(rb"\(error \d+:[^|]*\|(\d+)\|\d+\s+\(errormsg (\d+):")
# Errors that are found while a question is answered have no place, but mostly the name of a rule or function.
_PLACELESS = re.compile(rb"\(errormsg (\d+):")
_LAST_NAME = re.compile(r"(\w+)$")


def fault_in(source: str, error: Exception) -> str:
    """ ":LINE: what is wrong". Where no place is told, the line is the first one that names what is wrong."""
    # What fails while a question is answered comes as such a text where JSON was expected.
    told = (error.doc if isinstance(error, json.JSONDecodeError) else str(error)).encode()
    # An error of a whole rule begins at the rule, before the error that caused it.
    placed = max(_PLACED.finditer(told), key=lambda found: int(found[1]), default=None)
    if placed is not None:
        line = source.encode()[: int(placed[1])].count(b"\n") + 1
        return f":{line}: {_message(told, placed.end(), int(placed[2]))}"
    placeless = _PLACELESS.search(told)
    message = _message(told, placeless.end(), int(placeless[1])) if placeless else str(error)
    return f":{_line_naming(source, message)}: {message}"


def _message(told: bytes, begin: int, length: int) -> str:
    return told[begin : begin + length].decode(errors="replace")


def _line_naming(source: str, message: str) -> int:
    name = _LAST_NAME.search(message)
    wanted = re.compile(rf"\b{re.escape(name[1])}\b" if name else r"\bdecision\b")
    lines = source.splitlines()
    fallback = next((n for n, line in enumerate(lines, 1) if re.search(r"\bdecision\b", line)), 1)
    return next((n for n, line in enumerate(lines, 1) if wanted.search(line.partition("#")[0])), fallback)
