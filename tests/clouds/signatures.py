"""Random requests with the signatures that botocore makes: signatures.py FILE COUNT."""
import calendar, json, random, sys
from urllib.parse import quote

import botocore.auth
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

random.seed(26)
SIGNS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:/@+=,.~_-() ;!$&'*%"


def text(most, signs=SIGNS):
    return "".join(random.choice(signs) for _ in range(random.randint(1, most)))


def model():
    return random.choice([
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "amazon.nova-pro-v1:0", "global.anthropic.claude-opus-5",
        "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0", text(60),
    ])


def one():
    service, region = random.choice(["bedrock", "bedrock-mantle", "sts"]), random.choice(["us-east-1", "eu-central-1", "us-gov-west-1", "cn-north-1"])
    host = f"bedrock-runtime.{region}.amazonaws.com" + random.choice(["", "", ":8443"])
    name = model()
    path = quote(name, safe="-_.~" if random.random() < 0.7 else "-_.~:")
    path = random.choice([f"/model/{path}/invoke", f"/model/{path}/converse-stream", "/anthropic/v1/messages", "/"])
    date = "20%02d%02d%02dT%02d%02d%02dZ" % (random.randint(20, 40), random.randint(1, 12), random.randint(1, 28), random.randint(0, 23), random.randint(0, 59), random.randint(0, 59))
    body = random.choice(["", "{}", json.dumps({"messages": [{"role": "user", "content": text(400) + "\u00e9\u4f60\U0001f600"}]}, ensure_ascii=False), text(3000)])
    token = random.choice([None, text(800, SIGNS[:66])])
    headers = {"Content-Type": random.choice(["application/json", "application/x-www-form-urlencoded; charset=utf-8"])}
    if random.random() < 0.5:
        headers["X-Amzn-Bedrock-Trace"] = random.choice(["ENABLED", "  a   b  c ", "x"])
    if random.random() < 0.3:
        headers["X-Amzn-Bedrock-Service-Tier"] = "default"
    key, secret = "AKIA" + text(16, SIGNS[26:62]), text(40, SIGNS[:62] + "+/")
    request = AWSRequest(method="POST", url=f"https://{host}{path}", data=body.encode(), headers=headers)
    request.context["payload_signing_enabled"] = True
    signer = SigV4Auth(Credentials(key, secret, token), service, region)
    moment = botocore.auth.get_current_datetime
    botocore.auth.get_current_datetime = lambda *a, **k: Moment(date)
    signer.add_auth(request)
    botocore.auth.get_current_datetime = moment
    seconds = calendar.timegm((int(date[:4]), int(date[4:6]), int(date[6:8]), int(date[9:11]), int(date[11:13]), int(date[13:15])))
    return {"method": "POST", "url": f"https://{host}{path}", "headers": headers, "body": body, "key_id": key, "secret": secret, "token": token,
            "region": region, "service": service, "wall_ms": seconds * 1000, "authorization": request.headers["Authorization"]}


class Moment:
    def __init__(self, date):
        self.date = date

    def strftime(self, form):
        return self.date if "T" in form else self.date[:8]


cases = [one() for _ in range(int(sys.argv[2]))]
json.dump(cases, open(sys.argv[1], "w"))
print(f"# {len(cases)} requests, of which {len({c['authorization'] for c in cases})} have a signature of their own")
