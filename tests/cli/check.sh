#!/bin/sh
# Settings are checked: clean, with problems, unreadable.
. "$(dirname "$0")/tap.sh"
plain_settings

run check
is "good settings are clean" "$status" 0
has "the ladder has the tier" "$out" "premium"
has "and the blended price" "$out" "\$0.35"
has "the price table's date is shown" "$out" "Prices are those of 20"
has "the most that a day can cost is the proxy's budget" "$out" "a day can cost: \$10.00, by the budget of the whole gateway"
has "and that there is no problem" "$out" "no problems."
hasnt "there is no colour in a pipe" "$out" "$(printf '\033')"
run check "$work/sideways.yaml"
is "the file may be named" "$status" 0
run check --json
is "JSON says the same" "$(get '$.status') $(get '$.problems') $(get '$.day.most_nano')" '0 [] 10000000000'
is "JSON has the ladder, cheapest first" "$(each '$.deployments' "value->>'group' || ':' || (value->>'tier') || ':' || (value->>'blended_usd_per_million')")" \
	'cheap:cheap:0.35 dear:premium:30'

# The weekend's mistake.
cat >>sideways.yaml <<'EOF'
  fallbacks:
    - cheap: [dear]
    - dear: [cheap]
EOF
run check
is "an upward fallback is an error" "$status" 1
has "with its place" "$out" "sideways.yaml:18:"
has "and its direction in the table" "$out" "upward, never taken"
has "and how many times the price it has" "$out" "x85.71"
run check --json
is "JSON has both directions" "$(each '$.fallbacks' "value->>'group' || ':' || (value->>'target') || ':' || (value->>'direction') || ':' || (value->>'price_percent')")" \
	'cheap:dear:upward:8571 dear:cheap:downward:1'

# Everything wrong is said at once, in the order of the file.
file sideways.yaml <<'EOF'
model_list:
  - model_name: one
    litellm_params:
      model: openai/no-such-model-at-all
      api_key: os.environ/NOT_SET_ANYWHERE
  - model_name: two
    litellm_params:
      model: mock/echo
      num_retires: 3
litellm_settings:
  fallbacks:
    - two: [thre]
EOF
run check
is "problems give 1" "$status" 1
has "the variable that is not set is named" "$out" "NOT_SET_ANYWHERE"
has "an unknown key is named with the nearest" "$out" "num_retries"
has "a fallback to nowhere is named" "$out" "thre"
places=$(printf '%s\n' "$out" | sed -n 's/^[^ ]*sideways.yaml:\([0-9]*\):.*/\1/p')
is "problems are in the order of the file" "$places" "$(printf '%s\n' "$places" | sort -n)"
run check --json
is "JSON has them too" "$status $(each '$.problems' "DISTINCT value->>'severity'" "value->>'severity' = 'error'")" "1 error"

# Without the environment a file still teaches all that it can.
file sideways.yaml <<'EOF'
model_list:
  - model_name: cheap
    litellm_params: {model: openai/gpt-4o-mini, api_key: os.environ/UNSET_A, rpm: os.environ/UNSET_RPM, api_base: os.environ/UNSET_BASE}
  - {model_name: dear, litellm_params: {model: openai/gpt-4, api_key: os.environ/UNSET_A}}
  - {model_name: named, litellm_params: {model: os.environ/UNSET_MODEL, api_key: os.environ/UNSET_B}}
litellm_settings: {fallbacks: [{cheap: [dear]}], max_budget: 20, budget_duration: 1d}
general_settings: {master_key: os.environ/UNSET_MASTER}
EOF
run check
is "variables that are not set give 1" "$status" 1
has "they are one finding" "$out" "sideways.yaml: error: 6 environment variables are not set, so what needs them cannot be used: UNSET_A (line 3, 2 times), UNSET_RPM (line 3), UNSET_BASE (line 3), UNSET_MODEL (line 5), UNSET_B (line 5), UNSET_MASTER (line 7); without UNSET_MASTER the gateway does not start"
is "and the last" "$(printf '%s\n' "$out" | grep -E ': (error|warning|notice): ' | tail -1 | grep -c 'environment variables')" 1
is "each is named in no other" "$(printf '%s\n' "$out" | grep -c 'UNSET_RPM')" 1
has "the ladder is there" "$out" "openai/gpt-4o-mini"
has "the upward fallback, too" "$out" "upward, never taken"
has "and the day's most" "$out" 'The most that a day can cost: $20.00'

# Warnings count with --strict.
plain_settings
echo 'surprise: 1' >>sideways.yaml
run check
is "a warning is no failure" "$status" 0
has "it is shown" "$out" "warning"
run check --strict
is "with --strict it is" "$status" 1

# A day without a cap, and what would cap it.
plain_settings
sed -i '/^litellm_settings/,$d' sideways.yaml
run check
has "an unbounded day is said in words" "$out" "a day can cost: unbounded"
has "with what to add" "$out" "max_budget: 10"
has "and what nothing caps" "$out" "dear: mock/echo"
cat >>sideways.yaml <<'EOF'
router_settings:
  provider_budget_config:
    mock: {budget_limit: 3, time_period: 1h}
EOF
run check --json
is "a provider's hourly budget caps the day at 24 of it" "$(get '$.day.bounded') $(get '$.day.most_nano')" '1 72000000000'

# Each deployment's own budget, under its provider's; a longer period counts in full.
capped() { # PROXY LINE, BUDGET OF CHEAP, OF DEAR, PROVIDER BUDGET
	file sideways.yaml <<EOF
model_list:
  - {model_name: cheap, litellm_params: {model: mock/echo, input_cost_per_token: 0.0000002, output_cost_per_token: 0.0000008, $2}}
  - {model_name: dear, litellm_params: {model: mock/echo, input_cost_per_token: 0.000015, output_cost_per_token: 0.000075, $3}}
  - {model_name: free, litellm_params: {model: mock/echo, input_cost_per_token: 0, output_cost_per_token: 0}}
litellm_settings:
  num_retries: 2
  $1
  provider_budget_config: {$4}
EOF
	run check --json
}
capped '' 'max_budget: 2' 'max_budget: 3, budget_duration: 7d' ''
is "budgets of deployments add up, and what is free needs none" "$(get '$.day.bounded') $(get '$.day.most_nano')" "1 5000000000"
capped '' 'max_budget: 2' 'max_budget: 3' 'mock: {budget_limit: 4, time_period: 1mo}'
is "a provider's budget below their sum counts" "$(get '$.day.most_nano')" 4000000000
capped '' 'max_budget: 2' 'max_budget: 3' 'mock: {budget_limit: 40, time_period: 1d}'
is "one above it does not" "$(get '$.day.most_nano')" 5000000000
capped 'max_budget: 1' 'max_budget: 2' 'max_budget: 3' ''
is "the proxy's lifetime may be spent in a day" "$(get '$.day.most_nano')" 1000000000
capped 'max_budget: 0' 'max_budget: 2' '' ''
is "a budget of 0 means no money" "$(get '$.day.bounded') $(get '$.day.most_nano')" "1 0"
capped '' 'max_budget: 2' '' ''
is "one deployment without a budget unbinds the day" "$(get '$.day.bounded') $(get '$.day.uncapped')" '0 ["dear: mock/echo"]'

# Windows are counted where a span touches the most of them, whatever day it is today.
spans() { # DURATION WANTED
	capped "max_budget: 1
  budget_duration: $1" '' '' ''
	is "a budget each $1 counts as often as its windows can touch a day, three days, a month" \
		"$(get '$.day.most_nano') $(get '$.three_days.most_nano') $(get '$.month.most_nano')" "${2}000000000 ${3}000000000 ${4}000000000"
}
spans 1mo 1 2 1
spans 30d 1 2 1
spans 7d 1 2 6
spans 1d 1 3 31
spans 2d 1 2 16
spans 6h 4 12 124
spans 10s 8640 25920 267840

# Every list of fallbacks, and the default for groups without one of their own.
capped '' '' '' ''
cat >>sideways.yaml <<'EOF'
  default_fallbacks: [free]
  fallbacks: [{dear: [cheap, free]}]
  context_window_fallbacks: [{free: [dear]}]
EOF
run check --json
is "all chains are shown" "$(each '$.fallbacks' "value->>'list' || ':' || (value->>'group') || ':' || (value->>'target') || ':' || (value->>'default') || ':' || (value->>'direction')")" \
	'context_window_fallbacks:free:dear:0:upward fallbacks:cheap:free:1:downward fallbacks:dear:cheap:0:downward fallbacks:dear:free:0:downward'
is "an upward context fallback is an error too" "$status" 1

# No price: refused, and said so.
plain_settings
sed -i '/cost_per_token: 0.0000/d' sideways.yaml
run check
is "a model without a price is an error" "$status" 1
has "which says how to give it one" "$out" "input_cost_per_token"

# Secrets are those beside the file that is named, however it is named.
mkdir elsewhere
sed 's,model: mock/echo,model: openai/gpt-4o-mini\n      api_key: os.environ/KEPT_BESIDE,' sideways.yaml >elsewhere/sideways.yaml
run check elsewhere/sideways.yaml
has "without secrets a variable is missing" "$out" "KEPT_BESIDE"
echo 'KEPT_BESIDE=sk-of-the-folder' >elsewhere/secrets.env
chmod 600 elsewhere/secrets.env
for way in elsewhere/sideways.yaml '--config elsewhere/sideways.yaml' '--config=elsewhere/sideways.yaml'; do
	# shellcheck disable=SC2086
	run check $way
	hasnt "check $way reads the secrets beside it" "$out" "KEPT_BESIDE"
done
chmod 644 elsewhere/secrets.env
run check elsewhere/sideways.yaml
has "a file that others can read is refused in a sentence" "$err" "sideways: elsewhere/secrets.env has mode 644, so that others can read"

run check "$work/nowhere.yaml"
is "a file that is not there is unreadable" "$status" 2
has "and is named" "$err" "nowhere.yaml"
: >empty.yaml
run check empty.yaml
is "an empty file is unreadable" "$status" 2
printf -- '- a\n- b\n' >list.yaml
run check list.yaml
is "a list is unreadable" "$status" 2
printf 'model_list:\n%s- x\n' "$tab" >tabs.yaml
run check tabs.yaml
is "tabs are unreadable" "$status" 2
has "with the place" "$err" "tabs.yaml:2:"
run check list.yaml --json
is "JSON of an unreadable file says why" "$status $(get '$.status') $(get '$.error' | grep -c list)" '2 2 1'
mkdir folder.yaml
run check folder.yaml
is "a folder is unreadable" "$status" 2

# Tools at providers, and what they may cost.
file sideways.yaml <<'EOF'
model_list:
  - model_name: claude
    litellm_params:
      model: anthropic/claude-sonnet-4-5
      api_key: k
      server_tools: {web_search: {max_uses: 3}, web_fetch: {max_uses: 2}}
  - model_name: gemini
    litellm_params: {model: gemini/gemini-3-flash-preview, api_key: k, server_tools: {google_search: {max_uses: 3}}}
  - model_name: grok
    litellm_params: {model: xai/grok-4, api_key: k, server_tools: {x_search: {expected_uses: 4}}}
  - model_name: gpt
    litellm_params: {model: openai/gpt-5-mini, api_key: k, server_tools: {image_generation: {max_uses: 1}}}
EOF
run check
has "tools are listed" "$out" "Tools that may run at the provider"
has "what nobody limits is told" "$out" "the provider takes no limit of its uses: say expected_uses"
has "and what is only expected" "$out" "expected; the provider takes no limit"
has "what has no price is told" "$out" "refused: a use of a tool at the provider has no price"
run check --json
is "four windows of 200,000 at 3 dollars a million and three cents, less the 64 tokens of a call without" \
	"$(each '$.server_tools' "value->>'tool' || ':' || (value->>'uses') || ':' || (value->>'most_nano')" | tr ' ' '\n' | grep web_search)" \
	'web_search:3:2429808000'

# What is not billed by tokens.
file sideways.yaml <<'EOF'
model_list:
  - model_name: voice
    litellm_params: {model: openai/voice, api_key: k, api_base: "https://voice.example.com/v1", input_cost_per_character: 0.00001}
EOF
run check
has "the price of a character is shown as that" "$out" "-  \$0.00001/character"

done_testing
