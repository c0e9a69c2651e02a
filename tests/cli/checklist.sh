#!/bin/sh
# The checklist: each tests/check/NAME.yaml gives exactly the findings of NAME.expected, which ends in the exit status.
# A new case is two files.  WRITE=1 writes what the program says, to be read by a person.
. "$(dirname "$0")/tap.sh"
export OTHER_HOOK=https://example.org/other KEY=a-key-of-a-provider OTHER=another-key LONG=0123456789abcdef0123456789abcdef
unset SLACK_WEBHOOK_URL
cp "$top"/tests/check/*.yaml . && chmod 600 ./*.yaml

ended=
look() {
	name=${1%.yaml}
	run check "$1"
	# What becomes true with the day of the run has cases of its own below.
	found="$(printf '%s\n' "$out" | grep -E '^[^ ]*\.yaml:.*(error|warning|notice): ' | grep -vE 'days old|was retired on|retires on|calls are answered by')
$status"
	[ -z "${WRITE:-}" ] || printf '%s\n' "$found" >"$top/tests/check/$name.expected"
	is "$name" "$found" "$(cat "$top/tests/check/$name.expected")"
	hasnt "$name shows no secret" "$out" CANARY
	[ "$status" = 0 ] || ended="$ended $name"
}
for file in *.yaml; do case $file in public_*) ;; *) look "$file" ;; esac; done

# public_*: the shapes of twenty-five files that LiteLLM's users have made public, made anew, with every variable set.
variables=$(grep -ohE 'os\.environ/[A-Z_]+' public_*.yaml | sed 's|.*/||' | sort -u)
for variable in $variables; do
	export "$variable=https://value-of-$(echo "$variable" | tr A-Z_ a-z-).example/0123456789abcdef"
done
export GOOGLE_APPLICATION_CREDENTIALS=/etc/vertex.json REDIS_PORT=6379 MODEL_ASSISTANT=openai/gpt-4o-mini MODEL_LITE=deepseek/deepseek-v4-flash
ended=
for file in public_*.yaml; do look "$file"; done
# The nineteen that were looked at first, and six more.  Each error is a true one: what it names is never called.
is "two of the first nineteen end with errors: fallbacks that go upward" "$(printf '%s\n' $ended | grep -E 'public_[01]' | paste -sd' ')" \
	"public_01_many_kinds public_19_upward"
is "and two of the other six: models of a house's own that have no price, and a subscription that no key opens" \
	"$(printf '%s\n' $ended | grep -E 'public_2' | paste -sd' ')" "public_21_behind_another_router public_23_an_agents_server"
for variable in $variables; do unset "$variable"; done
export KEY=a-key-of-a-provider OTHER=another-key

cat >ends.yaml <<'EOF'
model_list:
  - {model_name: over, litellm_params: {model: openai/gpt-4.1-nano, api_key: os.environ/KEY}}
  - {model_name: article, litellm_params: {model: gemini/gemini-1.5-flash, api_key: os.environ/KEY}}
  - {model_name: named, litellm_params: {model: openai/gpt-4o-mini, api_key: os.environ/KEY}, model_info: {retires: 2020-01-31}}
  - {model_name: later, litellm_params: {model: openai/gpt-4o-mini, api_key: os.environ/KEY}, model_info: {retires: 2999-01-31}}
litellm_settings: {max_budget: 1, budget_duration: 1d}
EOF
chmod 600 ends.yaml
run check ends.yaml
has "a model that is retired is a warning" "$out" "warning: model 'openai/gpt-4.1-nano' was retired on 2026-10-23"
has "so is one that many an article still names" "$out" "warning: model 'gemini/gemini-1.5-flash' was retired on 2025-09-24"
has "also by the date of model_info" "$out" "warning: model 'openai/gpt-4o-mini' was retired on 2020-01-31"
hasnt "one with time left is not" "$out" "2999-01-31"
sed "s/2999-01-31/$(date -d '+10 days' +%F)/" ends.yaml >soon.yaml && chmod 600 soon.yaml
run check soon.yaml
has "one that ends soon is a notice" "$out" "notice: model 'openai/gpt-4o-mini' retires on $(date -d '+10 days' +%F), in 10 days"
sed "s/2999-01-31/$(date -d '+1 day' +%F)/" ends.yaml >tomorrow.yaml && chmod 600 tomorrow.yaml
run check tomorrow.yaml
has "a day is one" "$out" "in 1 day; name its successor"
sed "s/2999-01-31/2026-13-20/" ends.yaml >never.yaml && chmod 600 never.yaml
run check never.yaml
has "a day that no calendar has is an error" "$out" "error: model_info.retires"

cp litellm_load_balancing.yaml writable.yaml && chmod 664 writable.yaml
run check writable.yaml
has "a file that others may change is a warning" "$out" "warning: others on this machine can change this file (mode 664)"
has "with the mend" "$out" "chmod go-w writable.yaml"
is "and no error" "$status" 0
run check --strict writable.yaml
is "but one with --strict" "$status" 1
chmod 666 writable.yaml
run check writable.yaml
has "a file that anyone may change is refused" "$err" "anyone on this machine may change the file"
is "with a status of its own" "$status" 2
run check --json litellm_provider_budgets.yaml
is "a day, three days and a month have their most" "$(get '$.day.most_nano') $(get '$.three_days.most_nano') $(get '$.month.most_nano')" \
	"110000000000 230000000000 410000000000"
done_testing
