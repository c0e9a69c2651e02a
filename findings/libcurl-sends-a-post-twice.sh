#!/bin/bash
# libcurl sends a POST again by itself when a kept connection ends before the answer, and tells nobody.
#
# One would guess: what is sent again is up to the caller; a POST is not idempotent, so a connection that ends after the server has read
# the whole request is an error (52, "empty reply"), as it is on a first connection, and as requests and httpx report it on any.
#
# What happens: if the connection was used before and no byte of an answer came, libcurl opens another and sends the whole POST once
# more. The result is "no error" and status 200; no switch turns it off (CURLOPT_FRESH_CONNECT and CURLOPT_FORBID_REUSE give up kept
# connections), only a callback, CURLOPT_PREREQFUNCTION, which is asked before each sending and may refuse the second. A balancer that
# drops a connection while a model works thus leaves two calls to be paid for where the program counts one attempt and no retry.
#
# Seen on 2026-11-30 with pycurl 7.49.0 (its wheel has libcurl 8.23.0), and the same with libcurl 7.88.1 of Debian 12. Source:
# lib/transfer.c, Curl_retry_request, which asks whether the connection was reused and not for the method.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/v"
"$work/v/bin/pip" install -q --disable-pip-version-check pycurl==7.49.0 requests==2.34.2 httpx==0.28.1
"$work/v/bin/python" - <<'PY'
import io, socketserver, sys, threading
import httpx, pycurl, requests

class Provider(socketserver.StreamRequestHandler):
    kept = 0  # answers on a connection before one is dropped
    seen = []  # (number of the connection, which request on it)
    connections = 0

    def handle(self):
        Provider.connections += 1
        number, drops = Provider.connections, Provider.connections == 1
        for turn in range(1, 10):
            length = 0
            while (line := self.rfile.readline()) not in (b"\r\n", b""):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            if not line:
                return
            self.rfile.read(length)
            Provider.seen.append((number, turn))
            if drops and turn > Provider.kept:
                return  # the request was read to its end; the connection ends without an answer
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")

class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

server = Server(("127.0.0.1", 0), Provider)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_address[1]}/v1/chat/completions"
body = '{"model":"m","messages":[]}'

def by_libcurl(guarded=False):
    curl, sent = pycurl.Curl(), []
    curl.setopt(pycurl.URL, url)
    curl.setopt(pycurl.POSTFIELDS, body)
    curl.setopt(pycurl.TIMEOUT, 60)
    def before_sending(*_):
        sent.append(True)
        return pycurl.PREREQFUNC_OK if len(sent) == 1 else pycurl.PREREQFUNC_ABORT
    if guarded:
        curl.setopt(pycurl.PREREQFUNCTION, before_sending)
    def ask():
        sent.clear()
        curl.setopt(pycurl.WRITEDATA, io.BytesIO())
        curl.perform()
        return curl.getinfo(pycurl.RESPONSE_CODE)
    return ask

def by_libcurl_guarded():
    return by_libcurl(guarded=True)

def by_requests():
    session = requests.Session()
    return lambda: session.post(url, data=body, timeout=60).status_code

def by_httpx():
    client = httpx.Client(timeout=60)
    return lambda: client.post(url, content=body).status_code

def calls(make, kept):
    Provider.kept, Provider.connections, Provider.seen = kept, 0, []
    ask, told = make(), []
    for _ in range(kept + 1):
        try:
            told.append(ask())
        except Exception as error:
            told.append(f"{type(error).__name__}: {error}")
    return told[-1], len(Provider.seen)

print(pycurl.version.split(" OpenSSL")[0], "requests", requests.__version__, "httpx", httpx.__version__)
seen = {}
for kept in (0, 1):
    print("the connection that is dropped", "was used before:" if kept else "is new:")
    for make in (by_libcurl, by_libcurl_guarded, by_requests, by_httpx):
        seen[make.__name__, kept] = told, received = calls(make, kept)
        print(f"  {make.__name__}: {kept + 1} POST asked for, {received} received by the server; the last one's result: {told}")
as_one_guesses = all(count == kept + 1 and told != 200 for (name, kept), (told, count) in seen.items() if (name, kept) != ("by_libcurl", 1))
sys.exit(not (seen["by_libcurl", 1] == (200, 3) and as_one_guesses))
PY
