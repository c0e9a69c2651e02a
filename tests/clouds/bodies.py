"""The Converse bodies that golden cases expect, and the answers that they play, by botocore's own model of the service."""
import base64, glob, json, os, sys

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

service = ServiceModel(Loader().load_service_model("bedrock-runtime", "service-2"))
validator, checked, wrong = ParamValidator(), 0, 0


def with_bytes(value):
    """What JSON has in base64 is bytes to botocore."""
    if isinstance(value, list):
        return [with_bytes(v) for v in value]
    if not isinstance(value, dict):
        return value
    return {k: base64.b64decode(v) if k == "bytes" or k == "redactedContent" else with_bytes(v) for k, v in value.items()}


for folder in sorted(glob.glob(os.path.join(sys.argv[1], "*-bedrock", "*"))):
    about = json.load(open(folder + "/case.json"))
    path = about.get("upstream_url", "").rsplit("/", 1)[-1]
    if path not in ("converse", "converse-stream") or not os.path.exists(folder + "/upstream.json"):
        continue
    operation = service.operation_model("Converse" if path == "converse" else "ConverseStream")
    body = with_bytes(json.load(open(folder + "/upstream.json")))
    report = validator.validate({**body, "modelId": "x"}, operation.input_shape)
    checked += 1
    if report.has_errors():
        wrong += 1
        print(f"not ok - {folder}: {report.generate_report()}")
print(f"{'not ok' if wrong or checked < 10 else 'ok'} - {checked} Converse bodies are valid to botocore, {wrong} are not")
sys.exit(1 if wrong or checked < 10 else 0)
