"""The same wish by a vendor's SDK and through Sideways, at one strict stand-in: addresses, bodies and credentials must agree.

	agree.py SIDEWAYS FOLDER

The stand-in checks each signature by botocore from the bytes that came, and that bodies are JSON.
"""
import hashlib, http.server, json, os, re, subprocess, sys, threading
from urllib.parse import parse_qsl, unquote, urlsplit

import anthropic
import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
import google.auth.transport.requests
from google import genai
from google.auth import identity_pool
from google.oauth2.credentials import Credentials as GoogleCredentials

SIDEWAYS, PLACE = sys.argv[1:]
KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
seen, failures, bought = [], [], []


def signature_is_right(path, headers, body):
    lower = {k.lower(): v for k, v in headers.items()}
    found = re.match(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d+)/([^/]+)/([^/]+)/aws4_request, SignedHeaders=([^,]+), Signature=(\w+)$", lower["authorization"])
    _, _, region, service, names, signature = found.groups()
    request = AWSRequest(method="POST", url="http://x" + path, data=body)
    request.context["timestamp"] = lower["x-amz-date"]
    signer = SigV4Auth(Credentials(KEY, SECRET), service, region)
    for name in names.split(";"):
        request.headers[name] = lower[name]
    canonical = "\n".join(["POST", signer._normalize_url_path(path), "", signer.canonical_headers(signer.headers_to_sign(request)) + "\n",
                           names, hashlib.sha256(body).hexdigest()])
    return signer.signature(signer.string_to_sign(request, canonical), request) == signature


KEYS = {"AccessKeyId": KEY, "SecretAccessKey": SECRET, "Token": "session", "Expiration": "2099-01-01T00:00:00Z"}
ROLE = ("<r><Credentials><AccessKeyId>%s</AccessKeyId><SecretAccessKey>%s</SecretAccessKey><SessionToken>session</SessionToken>"
        "<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></r>" % (KEY, SECRET))
asked = []


class StandIn(http.server.BaseHTTPRequestHandler):
    def do_PUT(self):
        asked.append(("PUT", self.path, self.headers.get("x-aws-ec2-metadata-token-ttl-seconds")))
        self.answer("imds-token")

    def do_GET(self):
        asked.append(("GET", self.path, self.headers.get("x-aws-ec2-metadata-token") or self.headers.get("Authorization") or self.headers.get("Metadata-Flavor")))
        if self.path.startswith("/federation/"):
            asked[-1] = ("GET", self.path, self.headers.get("x-amz-sso_bearer_token"))
            self.answer({"roleCredentials": {"accessKeyId": KEY, "secretAccessKey": SECRET, "sessionToken": "session", "expiration": 4070908800000}})
        elif self.path == "/subject":
            asked[-1] = ("GET", self.path, self.headers.get("Authorization"))
            self.answer({"id_token": "the.subject"})
        elif self.path.endswith("/security-credentials/"):
            self.answer("the-role")
        elif "computeMetadata" in self.path:
            self.answer({"access_token": "google-token", "expires_in": 3599, "token_type": "Bearer"})
        else:
            self.answer(KEYS)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = dict(self.headers.items())
        if self.path == "/sts":
            asked.append(("STS", body.decode(), headers.get("Authorization") and signature_is_right(self.path, headers, body)))
            return self.answer(ROLE)
        if self.path == "/exchange":
            asked.append(("EXCHANGE", dict(parse_qsl(body.decode())), None))
            return self.answer({"access_token": "google-token", "issued_token_type": "urn:ietf:params:oauth:token-type:access_token", "token_type": "Bearer", "expires_in": 3599})
        if self.path.endswith(":generateAccessToken"):
            wish = {k: v for k, v in json.loads(body).items() if v}
            asked.append(("IMPERSONATE", wish, headers.get("Authorization") or headers.get("authorization")))
            return self.answer({"accessToken": "google-token", "expireTime": "2099-01-01T00:00:00Z"})
        if self.path == "/token":
            bought.append(body)
            return self.answer({"access_token": "google-token", "expires_in": 3599, "token_type": "Bearer"})
        note = {"path": self.path, "body": json.loads(body), "authorization": headers.get("Authorization", "")}
        if note["authorization"].startswith("AWS4-"):
            note["signed"] = signature_is_right(self.path, headers, body)
            note["authorization"] = "AWS4 " + note["authorization"].split("Credential=")[1].split(",")[0].split("/", 2)[2]
        note["goog"] = headers.get("X-Goog-Api-Key") or headers.get("x-goog-api-key")
        seen.append(note)
        if "generateContent" in self.path:
            self.answer({"candidates": [{"content": {"role": "model", "parts": [{"text": "Hi"}]}, "finishReason": "STOP"}],
                         "usageMetadata": {"promptTokenCount": 5, "candidatesTokenCount": 1, "totalTokenCount": 6}})
        elif "count-tokens" in self.path:
            self.answer({"input_tokens": 9})
        elif self.path.endswith("/converse"):
            self.answer({"output": {"message": {"role": "assistant", "content": [{"text": "Hi"}]}}, "stopReason": "end_turn",
                         "usage": {"inputTokens": 5, "outputTokens": 1, "totalTokens": 6}, "metrics": {"latencyMs": 1}})
        else:
            self.answer({"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [{"type": "text", "text": "Hi"}],
                         "stop_reason": "end_turn", "stop_sequence": None, "usage": {"input_tokens": 5, "output_tokens": 1}})

    def answer(self, value):
        data = (value if isinstance(value, str) else json.dumps(value)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), StandIn)
threading.Thread(target=server.serve_forever, daemon=True).start()
BASE = f"http://127.0.0.1:{server.server_port}"


def through_sideways(name, params, path, body, variables=None, count="never"):
    """One request by CGI: each is a process."""
    settings = os.path.join(PLACE, f"{name}.yaml")
    json.dump({"model_list": [{"model_name": "m", "litellm_params": {**params, "input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6}}],
               "general_settings": {"master_key": "sk-master"},
               "sideways_settings": {"database": os.path.join(PLACE, f"{name}.db"), "count_upstream": count}}, open(settings, "w"))
    data = json.dumps(body).encode()
    environment = {"PATH": os.environ["PATH"], "HOME": PLACE, "SIDEWAYS_CONFIG": settings, "GATEWAY_INTERFACE": "CGI/1.1", "SERVER_PROTOCOL": "HTTP/1.1",
                   "REQUEST_METHOD": "POST", "SCRIPT_NAME": "", "PATH_INFO": path, "REQUEST_URI": path, "CONTENT_TYPE": "application/json",
                   "CONTENT_LENGTH": str(len(data)), "HTTP_AUTHORIZATION": "Bearer sk-master", "SERVER_NAME": "x", "SERVER_PORT": "80", "REMOTE_ADDR": "127.0.0.1"}
    environment.update(variables or {})
    answer = subprocess.run([SIDEWAYS], input=data, env=environment, capture_output=True, timeout=120)
    if b"Hi" not in answer.stdout:
        failures.append(f"{name}: {answer.stdout[-600:]!r} {answer.stderr[-300:]!r}")


def last():
    return seen.pop() if seen else {"path": "", "body": {}, "authorization": "nothing came"}


def agree(name, theirs, ours, unlike=()):
    """unlike: members of the body that differ on purpose."""
    def plain(note):
        return {"path": unquote(urlsplit(note["path"]).path).replace("/v1beta1/", "/v1/"), "authorization": note["authorization"],
                "signed": note.get("signed"), "body": {k: v for k, v in note["body"].items() if k not in unlike}}
    good = plain(theirs) == plain(ours)
    if not good:
        failures.append(f"{name}:\n  theirs {plain(theirs)}\n  ours   {plain(ours)}")
    print(f"{'ok' if good else 'not ok'} - {name}")


MESSAGE = [{"role": "user", "content": "Hello"}]
CLAUDE = {"model": "m", "max_tokens": 64, "messages": MESSAGE}
OLD = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
AWS = {"aws_region_name": "us-east-1", "aws_access_key_id": KEY, "aws_secret_access_key": SECRET, "api_base": BASE}

bedrock = anthropic.AnthropicBedrock(base_url=BASE, aws_region="us-east-1", aws_access_key=KEY, aws_secret_key=SECRET, max_retries=0)
bedrock.messages.create(model=OLD, max_tokens=64, messages=MESSAGE)
theirs = last()
through_sideways("invoke", {"model": f"bedrock/{OLD}", **AWS}, "/v1/messages", CLAUDE)
agree("InvokeModel as anthropic[bedrock] sends it, but for the version", theirs, last(), ("anthropic_version",))

runtime = boto3.client("bedrock-runtime", region_name="us-east-1", endpoint_url=BASE, aws_access_key_id=KEY, aws_secret_access_key=SECRET,
                       config=Config(retries={"max_attempts": 0}))
runtime.converse(modelId="us.amazon.nova-pro-v1:0", messages=[{"role": "user", "content": [{"text": "Hello"}]}], system=[{"text": "Be brief."}],
                 inferenceConfig={"maxTokens": 64, "temperature": 0.5, "stopSequences": ["END"]},
                 toolConfig={"tools": [{"toolSpec": {"name": "now", "description": "The time", "inputSchema": {"json": {"type": "object", "properties": {}}}}}],
                             "toolChoice": {"any": {}}})
theirs = last()
through_sideways("converse", {"model": "bedrock/us.amazon.nova-pro-v1:0", **AWS}, "/v1/chat/completions", {
    "model": "m", "max_tokens": 64, "temperature": 0.5, "stop": ["END"], "tool_choice": "required", "messages": [{"role": "system", "content": "Be brief."}] + MESSAGE,
    "tools": [{"type": "function", "function": {"name": "now", "description": "The time", "parameters": {"type": "object", "properties": {}}}}]})
agree("Converse as boto3 sends it", theirs, last())

runtime.invoke_model(modelId=f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/{OLD}", contentType="application/json",
                     body=json.dumps({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 64, "messages": MESSAGE}))
theirs = last()
through_sideways("arn", {"model": f"bedrock/arn:aws:bedrock:us-east-1:123456789012:inference-profile/{OLD}", **AWS}, "/v1/messages", CLAUDE)
agree("InvokeModel of an ARN as boto3 sends it", theirs, last())

key = subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], capture_output=True, text=True, check=True).stdout
account = json.dumps({"type": "service_account", "project_id": "p-1", "private_key_id": "k", "private_key": key,
                      "client_email": "a@p-1.iam.gserviceaccount.com", "token_uri": BASE + "/token"})
VERTEX = {"vertex_project": "p-1", "vertex_location": "us-east5", "vertex_credentials": account, "api_base": BASE}
vertex = anthropic.AnthropicVertex(base_url=BASE + "/v1", region="us-east5", project_id="p-1", access_token="google-token", max_retries=0)
vertex.messages.create(model="claude-sonnet-4-5@20250929", max_tokens=64, messages=MESSAGE)
theirs = last()
through_sideways("vertex", {"model": "vertex_ai/claude-sonnet-4-5@20250929", **VERTEX}, "/v1/messages", CLAUDE)
agree("rawPredict as anthropic[vertex] sends it, but for the version", theirs, last(), ("anthropic_version",))
LONG = [{"role": "user", "content": "Hello there. " * 4000}]
vertex.messages.count_tokens(model="claude-sonnet-4-5@20250929", messages=LONG)
theirs = last()
through_sideways("vertex-count", {"model": "vertex_ai/claude-sonnet-4-5@20250929", "max_budget": 1, **VERTEX}, "/v1/messages", {**CLAUDE, "messages": LONG}, count="always")
last()
agree("count-tokens as anthropic[vertex] sends it, but for the version", theirs, last(), ("anthropic_version",))

gemini = genai.Client(vertexai=True, project="p-1", location="us-east5", credentials=GoogleCredentials("google-token"), http_options={"base_url": BASE})
gemini.models.generate_content(model="gemini-2.5-flash", contents="Hello", config={"max_output_tokens": 64, "temperature": 0.5})
theirs = last()
through_sideways("gemini", {"model": "vertex_ai/gemini-2.5-flash", **VERTEX}, "/v1beta/models/m:generateContent", {
    "contents": [{"role": "user", "parts": [{"text": "Hello"}]}], "generationConfig": {"maxOutputTokens": 64, "temperature": 0.5}})
agree("generateContent as google-genai sends it", theirs, last())

# A second process finds the token in the store.
before = len(bought)
through_sideways("gemini", {"model": "vertex_ai/gemini-2.5-flash", **VERTEX}, "/v1beta/models/m:generateContent", {"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]})
last()
stored = open(os.path.join(PLACE, "gemini.db"), "rb").read() + b"".join(open(os.path.join(PLACE, f), "rb").read() for f in os.listdir(PLACE) if f.startswith("gemini.db-"))
hidden = b"google-token" not in stored and key.split("\n")[2].encode() not in stored
print(f"{'ok' if hidden else 'not ok'} - the database shows neither token nor key")
kept = before == 3 and len(bought) == before
print(f"{'ok' if kept else 'not ok'} - a second process uses the token that the first one bought")
# Where credentials come from.
os.makedirs(os.path.join(PLACE, ".aws"), exist_ok=True)
open(os.path.join(PLACE, ".aws", "credentials"), "w").write(f"[work]\naws_access_key_id = {KEY}\naws_secret_access_key={SECRET}\n")
open(os.path.join(PLACE, ".aws", "config"), "w").write("[profile work]\nregion = us-east-1\n[profile assumes]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = work\n"
                                                       "[profile signs-in]\nsso_session = house\nsso_account_id = 123456789012\nsso_role_name = Reads & writes\n"
                                                       "[sso-session house]\nsso_start_url = https://house.example/start\nsso_region = eu-west-1\n"
                                                       "[profile signs-in-old]\nsso_start_url = https://house.example/start\nsso_region = eu-west-1\nsso_account_id = 1\nsso_role_name = r\n")
os.makedirs(os.path.join(PLACE, ".aws", "sso", "cache"))
for name in ("house", "https://house.example/start"):
    json.dump({"startUrl": "https://house.example/start", "region": "eu-west-1", "accessToken": "sso-token", "expiresAt": "2099-01-01T00:00:00Z"},
              open(os.path.join(PLACE, ".aws", "sso", "cache", hashlib.sha1(name.encode()).hexdigest() + ".json"), "w"))
# What boto3 itself asks for with the same files.
theirs_sso = []
for profile in ("signs-in", "signs-in-old"):
    asked.clear()
    subprocess.run([sys.executable, "-c", "import boto3, sys; print(boto3.Session(profile_name=sys.argv[1]).get_credentials().access_key)", profile], check=True,
                   env={"PATH": os.environ["PATH"], "HOME": PLACE, "AWS_ENDPOINT_URL_SSO": BASE}, stdout=subprocess.DEVNULL)
    theirs_sso.append([(kind, dict(parse_qsl(urlsplit(path).query)), token) for kind, path, token in asked])
open(os.path.join(PLACE, "web-token"), "w").write("the.web.token\n")
refresh = json.dumps({"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r", "quota_project_id": "q", "token_uri": BASE + "/token"})
PLAIN = {"aws_region_name": "us-east-1", "api_base": BASE}
SOURCES = [  # name, parameters, variables, what must have been asked, by its beginning
    ("profile", {**PLAIN, "aws_profile_name": "work"}, {}, []),
    ("profile-role", {**PLAIN, "aws_profile_name": "assumes", "aws_sts_endpoint": BASE + "/sts"}, {}, [("STS", "Action=AssumeRole&", True)]),
    ("single-sign-on", {**PLAIN, "aws_profile_name": "signs-in"}, {"AWS_ENDPOINT_URL_SSO": BASE}, [("GET", "/federation/credentials?role_name=Reads%20%26%20writes&account_id=123456789012", "sso-token")]),
    ("single-sign-on-old", {**PLAIN, "aws_profile_name": "signs-in-old"}, {"AWS_ENDPOINT_URL_SSO": BASE}, [("GET", "/federation/credentials?role_name=r&account_id=1", "sso-token")]),
    ("variables", PLAIN, {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}, []),
    ("role", {**AWS, "aws_role_name": "arn:aws:iam::1:role/r", "aws_external_id": "e/1", "aws_sts_endpoint": BASE + "/sts"}, {}, [("STS", "Action=AssumeRole&", True)]),
    ("web-identity", {**PLAIN, "aws_sts_endpoint": BASE + "/sts"}, {"AWS_ROLE_ARN": "arn:aws:iam::1:role/r", "AWS_WEB_IDENTITY_TOKEN_FILE": os.path.join(PLACE, "web-token")},
     [("STS", "Action=AssumeRoleWithWebIdentity&", None)]),
    ("container", PLAIN, {"AWS_CONTAINER_CREDENTIALS_FULL_URI": BASE + "/container", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "the-token"}, [("GET", "/container", "the-token")]),
    ("machine", PLAIN, {"AWS_EC2_METADATA_SERVICE_ENDPOINT": BASE}, [("PUT", "/latest/api/token", "21600"), ("GET", "/latest/meta-data/iam/security-credentials/", "imds-token"),
                                                                     ("GET", "/latest/meta-data/iam/security-credentials/the-role", "imds-token")]),
]
for name, params, variables, wanted in SOURCES:
    asked.clear()
    through_sideways("from-" + name, {"model": f"bedrock/{OLD}", **params}, "/v1/messages", CLAUDE, variables)
    came = last()
    good = bool(came.get("signed")) and [(k, w[:len(v)], h) for (k, w, h), (_, v, _) in zip(asked, wanted)] == wanted and len(asked) == len(wanted)
    if not good:
        failures.append(f"{name}: {came} {asked}")
    print(f"{'ok' if good else 'not ok'} - keys of AWS: {name}")
    if name.startswith("single"):
        ours = [(kind, dict(parse_qsl(urlsplit(path).query)), token) for kind, path, token in asked]
        same = ours == theirs_sso.pop(0)
        if not same:
            failures.append(f"{name}: {ours}")
        print(f"{'ok' if same else 'not ok'} - {name} asks as boto3 does")
for name, params, variables in (("gcloud", {"vertex_credentials": refresh}, {}), ("machine", {}, {"GCE_METADATA_HOST": BASE.split("//")[1]})):
    through_sideways("google-" + name, {"model": "vertex_ai/gemini-2.5-flash", "vertex_project": "p-1", "vertex_location": "global", "api_base": BASE, **params},
                     "/v1beta/models/m:generateContent", {"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]}, variables)
    good = last()["authorization"] == "Bearer google-token"
    if not good:
        failures.append(f"google {name}")
    print(f"{'ok' if good else 'not ok'} - tokens of Google: {name}")
# Workload identity, beside google-auth.
open(os.path.join(PLACE, "subject"), "w").write("the.subject")
FEDERATED = {"type": "external_account", "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x",
             "subject_token_type": "urn:ietf:params:oauth:token-type:jwt", "token_url": BASE + "/exchange", "universe_domain": "googleapis.com"}
PERSON = {"service_account_impersonation_url": BASE + "/v1/projects/-/serviceAccounts/a@p-1.iam.gserviceaccount.com:generateAccessToken"}
BY_FILE = {"credential_source": {"file": os.path.join(PLACE, "subject")}}
BY_URL = {"credential_source": {"url": BASE + "/subject", "headers": {"Authorization": "bearer house"}, "format": {"type": "json", "subject_token_field_name": "id_token"}}}
for name, config in (("a file", {**FEDERATED, **BY_FILE}), ("a file, impersonated", {**FEDERATED, **BY_FILE, **PERSON}), ("an address", {**FEDERATED, **BY_URL}),
                     ("an address, impersonated for an hour and a half", {**FEDERATED, **BY_URL, **PERSON, "service_account_impersonation": {"token_lifetime_seconds": 5400}})):
    asked.clear()
    theirs = identity_pool.Credentials.from_info(config, scopes=["https://www.googleapis.com/auth/cloud-platform"])
    theirs.refresh(google.auth.transport.requests.Request())
    wanted = list(asked)
    asked.clear()
    through_sideways("federated-" + re.sub("[^a-z]", "-", name), {"model": "vertex_ai/gemini-2.5-flash", "vertex_project": "p-1", "vertex_location": "global", "api_base": BASE,
                     "vertex_credentials": json.dumps(config)}, "/v1beta/models/m:generateContent", {"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]})
    good = last()["authorization"] == "Bearer google-token" and asked == wanted and len(wanted) > 0
    if not good:
        failures.append(f"federated by {name}: {asked} beside {wanted}")
    print(f"{'ok' if good else 'not ok'} - workload identity by {name} asks as google-auth does")
for failure in failures:
    print("# " + failure)
sys.exit(1 if failures or not hidden or not kept else 0)
