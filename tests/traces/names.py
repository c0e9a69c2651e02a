# Every gen_ai.* and openinference name that is sent is one of the official packages', and every callback and variable that the
# settings know is one that LiteLLM reads.
import pathlib
import re
import sys

import openinference.semconv.trace as openinference
from opentelemetry.semconv._incubating.attributes import (
	error_attributes, gen_ai_attributes, http_attributes, url_attributes, user_agent_attributes, user_attributes)

NOT_IN_IT = {
	"gen_ai.usage.cost",  # what LiteLLM's second OpenTelemetry integration and Langfuse call it
}
OWN = ("sideways.", "langfuse.")

top = pathlib.Path(__file__).resolve().parent.parent.parent
litellm = pathlib.Path(sys.argv[1])
bad = []

official = {value for module in (error_attributes, gen_ai_attributes, http_attributes, url_attributes, user_agent_attributes, user_attributes)
	for name, value in vars(module).items() if name.isupper() and isinstance(value, str)}
official |= {value for value in vars(openinference.SpanAttributes).values() if isinstance(value, str)}
sent = {name.split(":")[0] for name in re.findall(r' AS "([^"]+)"', (top / "sql/traces.sql").read_text())}
sent |= set(re.findall(r'"(gen_ai\.[a-z_.]+)"', (top / "app/relay/trace_note.c").read_text()))
for name in sorted(sent):
	if name not in official and name not in NOT_IN_IT and not name.startswith(OWN):
		bad.append(f"{name} is no name of the conventions")

words = "\n".join(path.read_text(errors="replace") for path in (litellm / "litellm").rglob("*.py")
	if "integrations" in path.parts or "litellm_core_utils" in path.parts)
source = (top / "app/settings/trace_sections.c").read_text()
presets = source[source.index("presets[] = {"):source.index("PRESET_COUNT")]
variables = set(re.findall(r'"=?([A-Z][A-Z_]+[A-Z])"', presets)) | set(re.findall(r"\$([A-Z_]+)", presets))
STANDARD = {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"}  # OpenTelemetry's own, which its SDK reads behind LiteLLM's back
for variable in sorted(variables - STANDARD):
	if f'"{variable}"' not in words:
		bad.append(f"LiteLLM does not read {variable}")
names = re.findall(r'\.name = "([a-z_]+)"', presets)
for name in names:
	if f'== "{name}"' not in words:
		bad.append(f"LiteLLM has no callback {name}")
for line in bad:
	print("not ok -", line)
print(f"# {len(sent)} attributes, {len(names)} callbacks, {len(variables)} variables")
sys.exit(1 if bad else 0)
