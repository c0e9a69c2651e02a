# The golden cases' event streams as fuzz_aws.c reads them: one file a case.
import base64
import json
import pathlib
import struct
import sys


def header(name, value):
	return bytes([len(name)]) + name.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()


def message(line):
	kind, rest = line.split(" ", 1)
	if kind == "chunk":
		headers, payload = header(":message-type", "event") + header(":event-type", "chunk"), json.dumps({"bytes": base64.b64encode(rest.encode()).decode()})
	elif kind == "error":
		code, words = rest.split(" ", 1)
		headers, payload = header(":message-type", "error") + header(":error-code", code) + header(":error-message", words), ""
	else:
		name, payload = rest.split(" ", 1)
		headers = header(":message-type", kind) + header(":%s-type" % kind, name)
	return bytes([len(headers)]) + struct.pack(">H", len(payload.encode())) + headers + payload.encode()


for file in pathlib.Path(sys.argv[1]).glob("*/*/reply.frames"):
	lines = [line for line in file.read_text().splitlines() if line]
	(pathlib.Path(sys.argv[2]) / ("%s_%s" % (file.parts[-3], file.parts[-2]))).write_bytes(b"".join(map(message, lines)))
