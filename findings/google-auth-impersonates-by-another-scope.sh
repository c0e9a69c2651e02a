#!/bin/bash
# google-auth asks Google's token service for another scope as soon as a workload identity impersonates a service account.
#
# One would guess: credentials that are made with the scope .../auth/cloud-platform exchange the subject token for that scope, with
# or without service_account_impersonation_url; the impersonation then asks for the same once more.
#
# What happens: with impersonation the exchange asks for .../auth/iam, whatever scopes the credentials were made with, and only
# generateAccessToken gets the caller's scopes. So a stand-in, a proxy or a policy that looks at the exchange's scope sees two
# different ones for two files that differ in one line, and a token service that refuses .../auth/iam breaks the second alone.
#
# Seen on 2026-11-30 with google-auth 2.63.0 (google/auth/external_account.py), Python 3.11.7.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check google-auth==2.63.0 requests==2.34.2
cat >run.py <<'PY'
import http.server, json, sys, threading
from importlib.metadata import version
from urllib.parse import parse_qs

import google.auth.transport.requests
from google.auth import identity_pool

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
asked = []


class Service(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/exchange":
            asked.append(("exchange", parse_qs(body)["scope"]))
            answer = {"access_token": "t", "issued_token_type": "urn:ietf:params:oauth:token-type:access_token", "token_type": "Bearer", "expires_in": 3599}
        else:
            asked.append(("impersonate", json.loads(body)["scope"]))
            answer = {"accessToken": "t2", "expireTime": "2099-01-01T00:00:00Z"}
        data = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
threading.Thread(target=server.serve_forever, daemon=True).start()
base = f"http://127.0.0.1:{server.server_port}"
open("subject", "w").write("the.subject")
plain = {"type": "external_account", "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x",
         "subject_token_type": "urn:ietf:params:oauth:token-type:jwt", "token_url": base + "/exchange", "credential_source": {"file": "subject"}}
person = {"service_account_impersonation_url": base + "/v1/projects/-/serviceAccounts/a@p.iam.gserviceaccount.com:generateAccessToken"}
print("google-auth", version("google-auth"), "Python", sys.version.split()[0])
seen = []
for name, config in (("without impersonation", plain), ("with impersonation", {**plain, **person})):
    asked.clear()
    identity_pool.Credentials.from_info(config, scopes=[SCOPE]).refresh(google.auth.transport.requests.Request())
    print(name, asked)
    seen.append(list(asked))
IAM = "https://www.googleapis.com/auth/iam"
sys.exit(0 if seen == [[("exchange", [SCOPE])], [("exchange", [IAM]), ("impersonate", [SCOPE])]] else 1)
PY
v/bin/python run.py
