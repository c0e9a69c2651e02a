#!/bin/sh
# The settings that are made for a newcomer are clean.
. "$(dirname "$0")/tap.sh"

run demo
is "demo prints the sample" "$status" 0
is "which is config/demo.yaml" "$out" "$(cat "$top/config/demo.yaml")"
printf '%s\n' "$out" >sideways.yaml
run check --strict
has "its one error is the fallback that shows how it is not taken" "$out" "1 error, 0 warnings"
has "and is named" "$out" "'demo-weekend' (cheap) to 'demo-premium' (premium) goes upward"
has "its day is capped" "$out" "a day can cost: \$10.00"
sed '/demo-weekend: \[demo-premium\]/d' sideways.yaml >without.yaml
run check --strict without.yaml
is "without it the sample is clean" "$status" 0
[ "$status" = 0 ] || printf '%s\n' "$out" | sed 's/^/# /'

run demo --lessons http://127.0.0.1:4000
is "a curl line for each lesson" "$(printf '%s\n' "$out" | grep -c '^  curl ')" 3
echo 'model_list: []' >plain.yaml
run demo --lessons http://127.0.0.1:4000 --config plain.yaml
is "and none where its models are not there" "$out" ""

run demo --write "$work"
is "an existing file is left alone" "$status" 1
mkdir new
run demo --write new
is "a new one is written" "$status $(cmp -s new/sideways.yaml sideways.yaml && echo same)" "0 same"
run demo --write nowhere
is "a folder that is not there is a failure" "$status" 1

run demo --providers
is "without provider keys there is nothing to make" "$status" 1
has "and the variables are named" "$err" "OPENAI_API_KEY"
for name in OPENAI DEEPSEEK GROQ MISTRAL XAI OPENROUTER; do export "${name}_API_KEY=sk-canary-$name"; done
run demo --providers
is "with keys there is" "$status" 0
hasnt "no key stands in it" "$out" "canary"
printf '%s\n' "$out" >sideways.yaml
run check --strict
is "what is made is clean" "$status" 0
[ "$status" = 0 ] || printf '%s\n' "$out" | sed 's/^/# /'
hasnt "nothing in it goes upward" "$out" "upward"
has "it falls back sideways" "$out" "sideways"
hasnt "check shows no key" "$out$err" "canary"
unset DEEPSEEK_API_KEY GROQ_API_KEY MISTRAL_API_KEY XAI_API_KEY OPENROUTER_API_KEY
run demo --providers
printf '%s\n' "$out" >sideways.yaml
run check --strict
is "one provider is enough" "$status" 0
unset OPENAI_API_KEY
run check
is "a shell without the keys is told so, as a pipeline is" "$status" 1
has "with what is missing" "$out" "OPENAI_API_KEY"
done_testing
