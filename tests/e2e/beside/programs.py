"""LiteLLM's command and Python client against a gateway: programs.py BASE_URL MASTER_KEY.

The oracle is the installed LiteLLM: the response_model of its own route, or the type that its source names for it, must take each
answer, and every member that the type has must be there or stand in NOT_HERE.  TAP on stdout."""
import inspect
import json
import os
import re
import subprocess
import sys
import urllib.parse

import click
import requests
from click.testing import CliRunner
from pydantic import BaseModel, TypeAdapter

from litellm.models.spend_logs import LiteLLM_SpendLogs
from litellm.proxy import _types
from litellm.proxy.client import Client, HealthManagementClient, UsersManagementClient
from litellm.proxy.client.cli.main import cli
from litellm.proxy.management_endpoints import budget_management_endpoints, internal_user_endpoints, key_management_endpoints, team_endpoints
from litellm.types.router import ModelGroupInfo

BASE, MASTER = sys.argv[1:3]
DAYS = {"start_date": "2020-01-01", "end_date": "2099-01-01"}
failed = 0


def tell(good, name, why=""):
    global failed
    failed += not good
    print(f"{'ok' if good else 'not ok'} - {name}{'' if good else ': ' + str(why)[:1500]}", flush=True)


# ---- what is asked and answered ----

calls = []
send = requests.Session.send


def recorded(session, prepared, **options):
    reply = send(session, prepared, **options)
    where = urllib.parse.urlsplit(prepared.url)
    if where.netloc == urllib.parse.urlsplit(BASE).netloc and not options.get("stream"):
        calls.append((prepared.method, where.path, reply.status_code, reply.text))
    return reply


requests.Session.send = recorded

# ---- LiteLLM's types ----

TYPES = {  # of routes without a response_model, as their source has it (LiteLLM 1.108.7)
    ("POST", "/key/service-account/generate"): _types.GenerateKeyResponse,
    ("POST", "/team/new"): _types.LiteLLM_TeamTable,
    ("GET", "/team/list"): list[_types.TeamListResponseObject],
    ("GET", "/user/info"): _types.UserInfoResponse,
    ("GET", "/spend/logs"): list[LiteLLM_SpendLogs],
    ("GET", "/model_group/info"): dict[str, list[ModelGroupInfo]],
}
for module in (key_management_endpoints, internal_user_endpoints, team_endpoints, budget_management_endpoints):
    for route in module.router.routes:
        for method in getattr(route, "methods", ()):
            if getattr(route, "response_model", None) is not None:
                TYPES.setdefault((method, route.path), route.response_model)

# Members of LiteLLM's types that are not told here, since the thing is not there.
NOT_HERE = set(
    """agent_id allowed_cache_controls allowed_passthrough_routes allowed_vector_store_indexes auto_rotate budget_fallbacks config duration
    default_estimated_output_tokens default_estimated_output_tokens_per_model denied_passthrough_routes disable_global_guardrails enable_prompt_caching
    end_user_budget_id enforced_params guardrails key_rotation_at last_rotation_at mcp_rpm_limit model_rpm_limit model_tpm_limit object_permission object_permission_id
    policies prompts rotation_count rotation_interval router_settings rpm_limit_type tag_rpm_limit throttle_on_budget_exceeded tpd_limit tpm_limit_type
    users[].team_id users[].password users[].password_reset_required users[].last_breach_check_at users[].organization_memberships
    [].created_at [].updated_at model_max_budget_usage allow_team_guardrail_config access_group_ids organization litellm_organization_table litellm_model_table model_id default_team_member_models team_member_permissions""".split()
)


def members(model, value, at=""):
    """Names of a model's members that an answer lacks, its lists' first item included."""
    lacking = [f"{at}{name}" for name in model.model_fields if name not in value and not {name, at + name} & NOT_HERE]
    for name, field in model.model_fields.items():
        inner = value.get(name)
        if isinstance(inner, list) and inner and isinstance(inner[0], dict):
            for item in getattr(field.annotation, "__args__", ()):
                if inspect.isclass(item) and issubclass(item, BaseModel):
                    lacking += members(item, inner[0], f"{at}{name}[].")
                    break
    return lacking


def as_rows(row):
    """LiteLLM's type of a log's row is that of the database, where maps and lists are text."""
    return {name: json.dumps(value) if isinstance(value, (dict, list)) else value for name, value in row.items()}


def hold_types():
    seen = {}
    for method, path, status, text in calls:
        path = re.sub(r"^/key/[^/]+/", "/key/{key_id}/", path) if path.endswith("/regenerate") and path != "/key/regenerate" else path
        if status == 200 and TYPES.get((method, path)) is not None:
            seen.setdefault((method, path), []).append(json.loads(text))
    for (method, path), answers in sorted(seen.items()):
        kind, why = TYPES[(method, path)], ""
        try:
            for answer in answers:
                TypeAdapter(kind).validate_python([as_rows(row) for row in answer] if kind == list[LiteLLM_SpendLogs] else answer)
            one = next((a for a in answers if a), answers[0])
            one, model, at = (one[0], kind.__args__[0], "[].") if isinstance(one, list) and one else (one, kind, "")
            lacking = members(model, one, at) if inspect.isclass(model) and issubclass(model, BaseModel) and isinstance(one, dict) else []
            why = f"lacking: {' '.join(lacking)}" if lacking else ""
        except Exception as error:
            why = error
        tell(not why, f"{method} {path}: {len(answers)} answers are of LiteLLM's type {getattr(kind, '__name__', kind)}", why)
    for wanted in WANTED_TYPES:
        tell(wanted in seen, f"{' '.join(wanted)} was held against LiteLLM's type")


WANTED_TYPES = [("POST", "/key/generate"), ("POST", "/key/service-account/generate"), ("GET", "/key/list"), ("POST", "/key/bulk_update"), ("POST", "/user/new"), ("GET", "/user/info"),
    ("GET", "/v2/user/info"), ("GET", "/user/list"), ("GET", "/user/daily/activity"), ("GET", "/v2/team/list"), ("GET", "/team/list"), ("GET", "/team/permissions_list"), ("GET", "/spend/logs"),
    ("GET", "/model_group/info"), ("POST", "/team/new")]

# ---- the commands ----

runner = CliRunner()
tried = set()


def run(*words, key=MASTER, typed=None):
    tried.add(" ".join(words))
    result = runner.invoke(cli, ["--base-url", BASE, "--api-key", key, *words], input=typed)
    said = result.output + (repr(result.exception) if result.exception else "")
    answer = getattr(getattr(result.exception, "response", None), "text", "")
    return result.exit_code, said + answer


def works(*words, wants="", **more):
    code, said = run(*words, **more)
    tell(code == 0 and re.search(wants, said, re.S), f"litellm-proxy {' '.join(words)}", f"exit {code}, wants /{wants}/: {said}")
    return said


def refused(*words, wants, **more):
    """The error itself tells where the thing is set; the programs show it, or keep it in the exception."""
    code, said = run(*words, **more)
    tell(code != 0 and re.search(wants, said, re.S), f"litellm-proxy {' '.join(words)} is refused with the place", f"exit {code}, wants /{wants}/: {said}")


http = Client(BASE, MASTER).http
http.request("POST", "/team/new", json={"team_id": "crew", "team_alias": "crew", "models": ["cheap"], "max_budget": 5})
http.request("POST", "/budget/new", json={"budget_id": "small", "max_budget": 3, "budget_duration": "1d"})
model_id = http.request("GET", "/v1/model/info")["data"][0]["model_info"]["id"]


def commands():
    program = os.path.join(os.path.dirname(sys.executable), "litellm-proxy")
    said = subprocess.run([program, "--base-url", BASE, "--api-key", MASTER, "models", "list"], capture_output=True, text=True).stdout
    tell("cheap" in said, "the program itself lists models", said)
    works("version", wants=r"Server Version: \d")
    works("--version", wants=r"Server Version: \d")
    works("models", "list", wants="cheap.*other")
    works("models", "list", "--format", "json", wants='"id": "cheap"')
    works("models", "info", "--columns", "public_model,upstream_model,credential_name,created_at,updated_at,id,input_cost,output_cost", wants="cheap")
    works("models", "info", "--format", "json", wants='"model_name": "cheap"')
    works("models", "get", "--name", "cheap", wants='"litellm_params"')
    works("models", "get", "--id", model_id, wants='"model_info"')
    refused("models", "add", "new", "-p", "model=openai/gpt", wants="model_list.*settings file")
    refused("models", "update", model_id, "-p", "model=openai/gpt", wants="model_list.*settings file")
    refused("models", "delete", model_id, wants="model_list.*settings file")
    with open("models.yaml", "w") as file:
        file.write("model_list:\n  - model_name: more\n    litellm_params: {model: openai/more}\n")
    works("models", "import", "models.yaml", "--dry-run", wants="more")
    works("models", "import", "models.yaml", wants="more")  # it tells no failure, whatever the server says
    tell(calls[-1][1:3] == ("/model/new", 400), "models import has made nothing")
    works("model-groups", "list", wants="cheap")
    works("model-groups", "list", "--format", "json", wants='"input_cost_per_token"')
    for words in (["list"], ["create", "mine", "--info", "{}", "--values", '{"api_key": "x"}'], ["update", "mine", "--display-name", "x"], ["delete", "mine"], ["get", "mine"]):
        refused("credentials", *words, wants="litellm_params.api_key.*settings file")
    refused("encryption", "migrate", "--check", wants="settings file")
    refused("encryption", "migrate", wants="settings file")
    works("login", wants="HTTP 400.*/key/generate")
    works("logout")
    works("whoami", wants="Not authenticated")
    refused("debug", "claude", "--session-id", "x", "--no-save", wants="/spend/logs/v2")
    works("chat", "cheap", typed="Hello\n/quit\n", wants="Hello from upstream")
    works("http", "request", "GET", "/key/list", wants='"total_count"')
    works("http", "request", "POST", "/chat/completions", "-j", '{"model": "cheap", "messages": [{"role": "user", "content": "Hi"}], "user": "ada"}', wants="Hello from upstream")
    refused("http", "request", "POST", "/credentials", wants="settings file")

    made = json.loads(works("keys", "generate", "--models", "cheap,other", "--aliases", "{}", "--duration", "24h", "--key-alias", "first", "--team-id", "crew", "--user-id", "ada", "--config", "{}"))
    tell((made["models"], made["team_id"], made["user_id"]) == (["cheap", "other"], "crew", "ada"), "a key is made with what was asked for", made)
    made = json.loads(works("keys", "generate", "--spend", "2", "--budget-id", "small", "--key-alias", "spent"))
    tell((made["spend"], made["max_budget"]) == (2, 3), "--spend counts against the budget", made)
    works("keys", "generate", "--spend", "2", wants="no budget that it counts against")
    refused("keys", "generate", "--aliases", '{"a": "b"}', wants="model_group_alias")
    works("keys", "list", wants="first.*ada.*crew")
    works("keys", "list", "--format", "json", "--page", "1", "--size", "2", "--user-id", "ada", "--team-id", "crew", "--key-alias", "first", "--include-team-keys", wants='"key_alias": "first"')
    works("keys", "import", "--source-base-url", BASE, "--source-api-key", MASTER, "--dry-run", wants="Keys that would be imported.*first")
    works("keys", "import", "--source-base-url", BASE, "--source-api-key", MASTER, "--created-since", "2099-01-01", wants="No keys found")
    before = http.request("GET", "/key/list")["total_count"]
    works("keys", "import", "--source-base-url", BASE, "--source-api-key", MASTER, wants="Failed to import key first.*Total keys processed")  # its alias is taken
    tell(http.request("GET", "/key/list")["total_count"] == before + 1, "keys import has made the key that has no alias, and no other")
    works("keys", "delete", "--key-aliases", "spent", wants="spent")
    refused("keys", "delete", "--keys", "nobody", wants="Key not found")

    works("users", "create", "--email", "bob@example.com", "--role", "internal_user", "--alias", "Bob", "--team", "crew", "--max-budget", "4", wants='"max_budget": 4')
    works("users", "list", wants="bob@example.com.*internal_user.*crew")
    bob = http.request("GET", "/user/list", params={"user_email": "bob"})["users"][0]["user_id"]
    works("users", "get", "--id", bob, wants='"user_alias": "Bob"')
    works("users", "get", wants='"keys"')
    works("users", "delete", bob, wants="1")
    works("teams", "list", wants="crew")
    works("teams", "available", wants="No available teams")
    own = http.request("POST", "/key/generate", json={"key_type": "management"})["key"]
    works("teams", "assign-key", "--team-id", "crew", key=own, wants="Successfully assigned.*cheap")
    refused("teams", "assign-key", "--team-id", "nowhere", wants="no such team", key=own)


# Not about the gateway, or by the same calls as above: they write files of coding agents, or start those and a second proxy.
LOCAL = ["auth print-token", "debug install-claude-command", "claude", "codex", "opencode", "pi", "up", "down", "autoroute", "config", "configure", "reconfigure", "unconfigure"]


def leaves(command, path=()):
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from leaves(inner, (*path, name))
    else:
        yield " ".join(path)


# ---- the methods ----


def methods():
    client, users, health = Client(BASE, MASTER), UsersManagementClient(BASE, MASTER), HealthManagementClient(BASE, MASTER)
    parts = {"http": client.http, "models": client.models, "model_groups": client.model_groups, "chat": client.chat, "keys": client.keys, "credentials": client.credentials, "teams": client.teams, "users": users, "health": health}
    seen = set()

    def ask(name, *words, wants=None, **more):
        part, method = name.split(".")
        seen.add(name)
        why = ""
        try:
            answer = getattr(parts[part], method)(*words, **more)
            answer = list(answer) if inspect.isgenerator(answer) else answer
            why = "" if wants is None or re.search(wants, json.dumps(answer), re.S) else f"wants /{wants}/: {answer}"
        except Exception as error:
            answer, why = None, repr(error)
        tell(not why, f"client.{name}({', '.join(map(str, words))})", why)
        return answer

    def no(name, *words, wants, **more):
        part, method = name.split(".")
        seen.add(name)
        try:
            why = f"it answered {getattr(parts[part], method)(*words, **more)}"
        except Exception:
            status, said = calls[-1][2:]
            why = "" if status == 400 and re.search(wants, said, re.S) else f"wants /{wants}/: {status} {said}"
        tell(not why, f"client.{name}({', '.join(map(str, words))}) is refused with the place", why)

    messages = [{"role": "user", "content": "Hi"}]
    ask("health.get_readiness", wants='"status": "healthy"')
    ask("health.get_server_version", wants=r"\d")
    ask("models.list", wants="cheap")
    ask("models.info", wants="input_cost_per_token")
    ask("models.get", model_name="cheap", wants="litellm_params")
    no("models.new", "new", {"model": "openai/x"}, wants="model_list")
    no("models.update", model_id, {"model": "openai/x"}, wants="model_list")
    no("models.delete", model_id, wants="model_list")
    ask("model_groups.info", wants="cheap")
    ask("chat.completions", "cheap", messages, max_tokens=20, user="ada", wants="Hello from upstream")
    ask("chat.completions_stream", "cheap", messages, wants="chat.completion.chunk")
    ask("http.request", "GET", "/health/liveness", wants="alive")
    no("credentials.list", wants="settings file")
    no("credentials.create", "x", {}, {}, wants="settings file")
    no("credentials.update_display_name", "x", "y", wants="settings file")
    no("credentials.delete", "x", wants="settings file")
    no("credentials.get", "x", wants="settings file")
    key = ask("keys.generate", models=["all-team-models"], team_id="crew", user_id="eve", key_alias="method", duration="1h", wants='"key": "sk-')["key"]
    ask("keys.info", key, wants='"key_alias": "method"')
    ask("keys.update", key, models=["cheap"], key_alias="methods", user_id="eve", wants='"key_alias": "methods"')
    no("keys.update", key, spend=3.0, wants="reset_spend")
    ask("keys.list", user_id="eve", return_full_object=True, wants='"key_alias": "methods"')
    ask("keys.delete", [key], wants="deleted_keys")
    ask("teams.list", organization_id="none", wants=r"^\[\]$")
    ask("teams.list", wants="crew")
    ask("teams.list_v2", team_alias="cre", page=1, page_size=5, sort_by="team_alias", wants='"total": 1')
    ask("teams.get_available", wants=r"^\[\]$")
    user = ask("users.create_user", {"user_email": "carol@example.com", "auto_create_key": False}, wants='"key": ""')["user_id"]
    ask("users.get_user", user, wants="carol")
    ask("users.get_user_v2", user, wants="carol")
    ask("users.list_users", {"user_email": "carol", "page_size": 1}, wants="carol")
    ask("users.delete_user", [user], wants="^1$")
    for part, one in parts.items():
        for name, _ in inspect.getmembers(one, inspect.ismethod):
            if not name.startswith("_"):
                tell(f"{part}.{name}" in seen, f"client.{part}.{name} is called")


def others():
    """Calls that other clients make: the Terraform provider's, and those that list models."""
    for method, path, more in [
        ("POST", "/key/service-account/generate", {"json": {"team_id": "crew", "key_alias": "service", "models": ["all-team-models"]}}),
        ("POST", "/key/bulk_update", {"json": {"keys": [{"key": "service", "max_budget": 2}, {"key": "nobody"}]}}),
        ("GET", "/team/permissions_list", {"params": {"team_id": "crew"}}),
        ("GET", "/team/info", {"params": {"team_id": "crew"}}),
        ("GET", "/user/daily/activity", {"params": DAYS}),
        ("GET", "/spend/logs", {}),
        ("GET", "/spend/logs/v2", {"params": DAYS}),
        ("GET", "/spend/tags", {}),
        ("GET", "/global/spend/report", {"params": DAYS}),
        ("GET", "/model/info", {}),
        ("GET", "/v1/models", {}),
        ("GET", "/openapi.json", {}),
    ]:
        try:
            http.request(method, path, **more)
            tell(True, f"{method} {path}")
        except Exception as error:
            tell(False, f"{method} {path}", repr(error) + calls[-1][3])
    own = http.request("POST", "/key/generate", json={"team_id": "crew", "models": ["all-team-models"]})["key"]
    mine = Client(BASE, own)
    tell([model["id"] for model in mine.models.list()] == ["cheap"], "all-team-models: /v1/models lists the team's models", mine.models.list())
    tell({model["model_name"] for model in mine.models.info()} == {"cheap"}, "a client's key lists /v1/model/info")
    tell([group["model_group"] for group in mine.model_groups.info()] == ["cheap"], "a client's key lists /model_group/info")
    tell("choices" in mine.chat.completions("cheap", [{"role": "user", "content": "Hi"}]), "and may call them")


def fields():
    """Every field of LiteLLM's bodies is known here, if only to be refused: 422 is for typing errors."""
    for path, models in {
        "/key/nobody/regenerate": [_types.GenerateKeyRequest, _types.RegenerateKeyRequest],
        "/key/update": [_types.UpdateKeyRequest],
        "/team/update": [_types.NewTeamRequest, _types.UpdateTeamRequest],
        "/user/update": [_types.NewUserRequest, _types.UpdateUserRequest],
        "/budget/update": [_types.BudgetNewRequest],
    }.items():
        for model in models:
            unknown = []
            for name in set(model.model_fields) - ONLY_NEW:
                reply = requests.post(BASE + path, headers={"Authorization": f"Bearer {MASTER}"}, json={name: None})
                unknown += [name] if "is not a field of" in reply.text else []
            tell(not unknown, f"{path} knows the fields of {model.__name__}", unknown)


ONLY_NEW = {"teams", "auto_create_key", "agent_id"}

commands()
methods()
fields()
others()
for leaf in leaves(cli):
    tell(any(words.startswith(leaf) for words in tried) or any(leaf.startswith(local) for local in LOCAL), f"the command {leaf} was run")
hold_types()
print(f"# programs: {failed} failed")
sys.exit(1 if failed else 0)
