#!/bin/sh
# sideways prices: lists of others, what they change, and what that does.
. "$(dirname "$0")/tap.sh"
export KEY=a-key-of-a-provider

cat >sideways.yaml <<'EOF'
model_list:
  - {model_name: fast, litellm_params: {model: deepseek/deepseek-v4-flash, api_key: os.environ/KEY}}
  - {model_name: spare, litellm_params: {model: openai/gpt-4o-mini, api_key: os.environ/KEY}}
litellm_settings: {fallbacks: [{fast: [spare]}], max_budget: 3, budget_duration: 1d}
EOF
chmod 600 sideways.yaml

cat >litellm.json <<'EOF'
{"sample_spec": {"mode": "one of: chat"},
 "whisper-1": {"litellm_provider": "openai", "mode": "audio_transcription", "input_cost_per_second": 0.0001, "output_cost_per_second": 0.0002},
 "gpt-image-9": {"litellm_provider": "openai", "mode": "image_generation", "input_cost_per_token": 5e-06, "output_cost_per_image_token": 3e-05},
 "deepseek/deepseek-v4-flash": {"litellm_provider": "deepseek", "mode": "chat", "input_cost_per_token": 3e-06, "output_cost_per_token": 1.2e-05,
  "max_input_tokens": 1000000, "max_output_tokens": 8192},
 "gpt-4o-mini": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 2e-05, "output_cost_per_token": 6e-05,
  "input_cost_per_token_above_200k_tokens": 4e-05, "max_input_tokens": 128000, "max_output_tokens": 16384}}
EOF
cat >models_dev.json <<'EOF'
{"deepseek": {"id": "deepseek", "models": {"deepseek-v4-flash": {"cost": {"input": 3, "output": 12}, "limit": {"context": 1000000, "output": 8192}}}},
 "openai": {"id": "openai", "models": {"gpt-4o-mini": {"cost": {"input": 20, "output": 60, "context_over_200k": {"input": 40, "output": 60}},
  "limit": {"context": 128000, "output": 16384}}}}}
EOF
cat >genai.json <<'EOF'
[{"id": "deepseek", "models": [{"id": "deepseek-v4-flash", "context_window": 1000000, "prices": [{"prices": {"input_mtok": 1.5, "output_mtok": 6}},
  {"constraint": {"start_time": "01:00:00Z", "end_time": "04:00:00Z"}, "prices": {"input_mtok": 3, "output_mtok": 12}}]}]},
 {"id": "openai", "models": [{"id": "gpt-4o-mini", "context_window": 128000,
  "prices": {"input_mtok": {"base": 20, "tiers": [{"start": 200000, "price": 40}]}, "output_mtok": 60}}]}]
EOF
for list in litellm models_dev genai; do
	run prices diff $list.json
	is "$list: something would be refused" "$status" 1
	has "$list: old and new price" "$out" 'fast: deepseek/deepseek-v4-flash: $0.30 / $1.20 to $3.00 / $12.00; tier cheap to mid'
	has "$list: a fallback becomes upward" "$out" "fallbacks: 'fast' to 'spare' becomes upward: it would not be taken"
	has "$list: the day" "$out" 'The most that a day can cost: $3.00'
done

# What lists have beside plain prices: ranges, names for other entries, embeddings, and entries without a price that is read.
cat >forms.json <<'EOF'
{"deepseek/deepseek-v4-flash": {"litellm_provider": "deepseek", "mode": "chat", "tiered_pricing": [
  {"range": [0, 256000], "input_cost_per_token": 2e-06, "output_cost_per_token": 4e-06}, {"range": [256000, 1000000], "input_cost_per_token": 5e-06, "output_cost_per_token": 8e-06}]},
 "gpt-9": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 7e-06, "output_cost_per_token": 9e-06},
 "gpt-4o-mini": {"alias_of": "gpt-9"},
 "openai/sora-9": {"litellm_provider": "openai", "mode": "video_generation", "output_cost_per_video_per_second": 0.1},
 "gpt-8": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": "abc", "output_cost_per_token": -1}}
EOF
run prices diff forms.json
has 'ranges of the length are read' "$out" 'fast: deepseek/deepseek-v4-flash: $0.30 / $1.20 to $2.00 / $4.00'
has 'a name for another entry has its price' "$out" 'spare: openai/gpt-4o-mini: $0.15 / $0.60 to $7.00 / $9.00'
has 'what is not read is said' "$out" "Of 2 of the list's 5 models no price is read, because it has none or one by another unit: openai/sora-9, openai/gpt-8."
cat >embed.json <<'EOF'
[{"id": "openai", "models": [{"id": "text-embedding-3-small", "prices": {"input_mtok": 0.5}}]}]
EOF
cat >embed.yaml <<'EOF'
model_list: [{model_name: e, litellm_params: {model: openai/text-embedding-3-small, api_key: os.environ/KEY}}]
EOF
chmod 600 embed.yaml
run prices diff embed.json --config embed.yaml
has 'an embedding has no output' "$out" 'e: openai/text-embedding-3-small: $0.02 / $0.00 to $0.50 / $0.00'
printf 'no\001list' >no.list
run prices diff no.list
has 'what is no list is named' "$err" 'no.list: '
is "diff writes nothing" "$(ls prices.tsv 2>/dev/null)" ''

run prices update litellm.json
is "what would be refused is not written unasked" "$status $(ls prices.tsv 2>/dev/null)" '1 '
run prices update litellm.json --yes
is "with --yes it is" "$status" 0
has "a table" "$(cat prices.tsv)" 'deepseek-v4-flash	chat	3	12'
has "with what is billed by the second, the dearer of two" "$(cut -f1-5,27 prices.tsv)" 'openai	whisper-1	audio_transcription			0.0002'
has "and images by their tokens" "$(cut -f1-5,24 prices.tsv)" 'openai	gpt-image-9	image_generation	5		30'
echo 'sideways_settings: {price_file: prices.tsv}' >>sideways.yaml
run prices diff litellm.json
has "then nothing differs" "$out" '0 deployments of these settings cost'
is "and all is well" "$status" 0

# price_file takes the lists themselves.
sed -i 's/prices.tsv/genai.json/' sideways.yaml
run check
has "a list as price_file" "$out" '$20.00  $60.00'

run prices diff nowhere.json
is "a list that is not there" "$status" 2
echo '{}' >empty.json
run prices diff empty.json
is "a list without a price" "$status" 2
has "is said" "$err" 'no model has a price in it'

# Addresses in the clear are not asked, and it is said.
run prices diff http://127.0.0.1:9/list.json
is "http://" "$status" 2
has "says which are" "$err" 'only those with https:// are asked'

# Prices by the hour, in the table and in settings.
cat >hours.yaml <<'EOF'
model_list:
  - {model_name: peak, litellm_params: {model: deepseek/deepseek-v4-flash, api_key: os.environ/KEY}}
  - {model_name: less, litellm_params: {model: openai/gpt-4o-mini, api_key: os.environ/KEY, input_cost_per_token: 2.0e-7, output_cost_per_token: 8.0e-7, off_peak_pricing: {input_cost_per_token: 1.0e-7, windows: [{hours_utc: ["16:30-00:30"], weekdays: [1, 2]}]}}}
  - {model_name: more, litellm_params: {model: openai/gpt-4o-mini, api_key: os.environ/KEY, input_cost_per_token: 2.0e-7, output_cost_per_token: 8.0e-7, off_peak_pricing: {input_cost_per_token: 3.0e-7, windows: [{hours_utc: ["16:30-00:30"]}]}}}
EOF
chmod 600 hours.yaml
run check --config hours.yaml
rung() { printf '%s\n' "$out" | tr -s ' ' | grep "^[a-z]* $1 "; }
has "the dearest hours are shown" "$(rung peak)" 'deepseek/deepseek-v4-flash $0.30 $1.20'
has "and that others are cheaper" "$(rung peak)" ', less at some hours'
has "and which" "$(printf '%s\n' "$out" | tr -s ' ')" 'peak deepseek/deepseek-v4-flash Mon-Fri 00:00-01:00, 04:00-06:00, 10:00-24:00; Sat-Sun all day $0.15 $0.60 $0.003'
has "across midnight, on the same days" "$(printf '%s\n' "$out" | tr -s ' ')" 'less openai/gpt-4o-mini Mon-Tue 00:00-00:30, 16:30-24:00 $0.10 as usual'
has "those of settings, too" "$(rung less)" ' $0.20 $0.80 '
has "and theirs" "$(rung less)" 'settings, less at some hours'
has "hours that would be dearer count at all hours" "$(rung more)" ' $0.30 $0.80 '
has "which is said" "$out" "off_peak_pricing.input_cost_per_token of 'more' is above its price at other hours"
hasnt "a price is never compared with itself" "$out" 'as of settings'
sed -i 's/"16:30-00:30"/"25:00-26:00"/' hours.yaml
run check --config hours.yaml
has "an hour that is none" "$out" 'error: litellm_params.off_peak_pricing: expected windows of cheaper hours'

# What changes soon and what ends, as the price_file says.
day() { date -u -d "@$(($(date +%s) + $1 * 86400))" +%Y-%m-%d; }
printf '%s\n' "provider	model	mode	input	output	changes_on	goes_on_as	retires	as_of" \
	"openai	gpt-4o-mini	chat	1	2	$(day 5)	gpt-4o-mini@soon	$(day 20)	$(day 0)" \
	"openai	gpt-4o-mini@soon	chat	3	4				$(day 0)" >soon.tsv
cat >soon.yaml <<'EOF'
model_list: [{model_name: m, litellm_params: {model: openai/gpt-4o-mini, api_key: os.environ/KEY}}]
sideways_settings: {price_file: soon.tsv}
EOF
chmod 600 soon.yaml
run check --config soon.yaml
has "a price that changes soon" "$out" "from $(day 5) on it costs \$3.00 / \$4.00 a million tokens (input / output), before that \$1.00 / \$2.00"
has "an end that the price_file has" "$out" "retires on $(day 20)"

# genai-prices' hours of the day are cheaper hours, too.
run check
has "their dearest" "$(rung fast)" ' $3.00 $12.00 '
has "and the cheaper hours" "$out" 'Mon-Sun 00:00-01:00, 04:00-24:00'
done_testing
