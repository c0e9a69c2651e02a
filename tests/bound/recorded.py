"""A recorded request of another format, as a chat in OpenAI's: enough for counting, not for sending."""
import json


def plain(content):
    if isinstance(content, str):
        return content
    return "\n\n".join(p.get("text", "") for p in content if p.get("type") in ("text", "input_text", "output_text"))


def of_anthropic(body):
    messages = [{"role": "system", "content": plain(body["system"])}] if body.get("system") else []
    for message in body["messages"]:
        parts = [{"type": "text", "text": message["content"]}] if isinstance(message["content"], str) else message["content"]
        calls = [{"id": p["id"], "type": "function", "function": {"name": p["name"], "arguments": json.dumps(p["input"])}} for p in parts if p["type"] == "tool_use"]
        messages += [{"role": "tool", "tool_call_id": p["tool_use_id"], "content": plain(p["content"])} for p in parts if p["type"] == "tool_result"]
        if calls or any(p["type"] == "text" for p in parts):
            messages.append({"role": message["role"], "content": plain(parts)} | ({"tool_calls": calls} if calls else {}))
    tools = [{"type": "function", "function": {"name": t["name"], "description": t.get("description", ""), "parameters": t["input_schema"]}} for t in body.get("tools", []) if "input_schema" in t]
    return {"model": "m", "messages": messages} | ({"tools": tools} if tools else {})


def of_responses(body):
    messages = [{"role": "system", "content": body["instructions"]}] if body.get("instructions") else []
    for item in body["input"] if isinstance(body["input"], list) else [{"role": "user", "content": body["input"]}]:
        if item.get("type", "message") == "message":
            role = "system" if item["role"] == "developer" else item["role"]
            messages.append({"role": role, "content": plain(item["content"])})
    tools = [{"type": "function", "function": {"name": t["name"], "description": t.get("description", ""), "parameters": t.get("parameters", {"type": "object", "properties": {}})}}
             for t in body.get("tools", []) if t.get("type") == "function"]
    return {"model": "m", "messages": messages} | ({"tools": tools} if tools else {})


def of_gemini(body):
    messages = [{"role": "system", "content": "".join(p.get("text", "") for p in body["systemInstruction"]["parts"])}] if "systemInstruction" in body else []
    for number, turn in enumerate(body["contents"]):
        parts = turn["parts"]
        called, answered = ([p[kind] for p in parts if kind in p] for kind in ("functionCall", "functionResponse"))  # by their order
        calls = [{"id": f"call_{number}_{i}", "type": "function", "function": {"name": c["name"], "arguments": json.dumps(c.get("args", {}))}}
                 for i, c in enumerate(called)]
        messages += [{"role": "tool", "tool_call_id": f"call_{number - 1}_{i}", "content": json.dumps(a["response"])} for i, a in enumerate(answered)]
        text = "".join(p.get("text", "") for p in parts)
        if text or calls:
            messages.append({"role": "assistant" if turn["role"] == "model" else "user", "content": text} | ({"tool_calls": calls} if calls else {}))
    tools = [{"type": "function", "function": {"name": f["name"], "description": f.get("description", ""), "parameters": f.get("parametersJsonSchema") or {"type": "object", "properties": {}}}}
             for t in body.get("tools", []) for f in t.get("functionDeclarations", [])]
    return {"model": "m", "messages": messages} | ({"tools": tools} if tools else {})


def as_chat(body):
    if "contents" in body:
        return of_gemini(body)
    if "input" in body:
        return of_responses(body)
    if "system" in body or any(isinstance(t, dict) and "input_schema" in t for t in body.get("tools", [])):
        return of_anthropic(body)
    return {k: body[k] for k in ("messages", "tools") if k in body} | {"model": "m"}
