#!/bin/sh
# The weekend, played by the command: through the real relay and ledger, with no network.
. "$(dirname "$0")/tap.sh"
upward=$top/tests/weekend/upward.yaml sideways=$top/tests/weekend/sideways.yaml
outage='deepseek answers 429 from Friday 18:00'

run simulate "$upward" --models cheap --outage "$outage" --requests 20 --json
is "the weekend is played" "$status" 0
is "the dear fallback is never taken" "$(each '$.models' "json_extract(value, '\$.model')")" cheap
is "18 hours are answered, 54 are not" "$(get '$.requests') $(get '$.answered') $(get '$.refused') $(get '$.blocked_upward')" "1440 360 1080 1080"
is "what is spent is what 360 requests cost" "$(get '$.spent_nano')" $((360 * (1200 * 280 + 400 * 420)))
is "the alert comes within ten minutes" \
	"$(each '$.alerts' "substr(json_extract(value, '\$.began'), 12, 4)" "json_extract(value, '\$.rule') = 'blocked_upward'" | cut -c1-4)" "18:0"

run simulate "$upward" --models cheap --outage "$outage" --requests 20
is "beside it the bill that was avoided is drawn" "$status" 0
has "by its name" "$out" 'AS LITELLM WOULD'
has "with what it comes to" "$out" 'The bill that was avoided: $0.18144 here, $45.78144 as LiteLLM would, $45.60 less.'
has "what was not spent is estimated, and bounded" "$out" '1080 times: about $52.488 not spent, $106.1424 at most.'
run simulate "$upward" --models cheap --outage "$outage" --requests 20 --json
is "in JSON, too" "$(get '$.as_litellm.spent_nano') $(get '$.as_litellm.blocked_upward')" "45781440000 0"
run simulate "$sideways" --models cheap --outage "$outage" --requests 20 --json
is "where nothing was in the way there is nothing beside" "$(get '$.as_litellm')" ""

run simulate "$upward" --against "$sideways" --models cheap --requests 20 --outage "$outage" --svg weekend.svg
is "two settings files are played" "$status" 0
has "the first is told" "$out" 'a dearer fallback was not taken 1080 times: about $52.488 not spent, $106.1424 at most.'
has "and the second, which answers all" "$out" '1440 answered, 75.0 % fell back'
is "there is a picture" "$(head -c 4 weekend.svg; tail -c 7 weekend.svg)" '<svg</svg>'
is "with an outage, bars and two lines" "$(grep -c 'class="o"' weekend.svg) $(grep -c 'class="c0"' weekend.svg) $(grep -c '<polyline' weekend.svg)" "1 19 2"

run simulate "$sideways" --period day --requests 60 --budget 0.02/1d --json
is "a budget bites" "$status" 0
has "it is told which" "$(each '$.not_answered' "json_extract(value, '\$.words')")" 'is unspent: shorten the prompt (budget of this key per 1d)'
is "never more is spent than allowed" "$(get '$.spent_nano' | awk '{ print ($1 > 15000000 && $1 <= 20000000) ? "as it should" : $1 }')" "as it should"

run simulate "$sideways" --period day --requests 30 --outage 'deepseek answers 503 for 30%' --json
is "all are answered when a share of the calls fails" "$(get '$.answered')" 720
is "and some fall back" "$(get '$.fell_back' | awk '{ print ($1 > 0 && $1 < 720) ? "some" : $1 }')" some

run simulate "$sideways" --period day --requests 5 --most 0.01
is "more than --most is exit status 1" "$status" 1
has "and is said" "$err" '--most'
for wrong in '--most -1' '--most much' '--models nosuch' '--models cheap,chaep' '--budget x' '--budget -5/1d'; do
	# shellcheck disable=SC2086
	run simulate "$sideways" --period day --requests 1 $wrong
	is "$wrong is wrong usage" "$status" 2
done
run simulate "$sideways" --models chaep
has "the nearest model is named" "$err" "no model 'chaep' (nearest: cheap"
run simulate "$sideways" --outage 'nobody is down'
is "an outage of nobody is refused" "$status" 2
has "with its name" "$err" "'nobody'"
run simulate "$sideways" --outage 'deepseek is tired'
has "a sentence that is no outage is refused" "$err" "'is down'"

file log.json <<'EOF'
[{"startTime":"2026-11-20T10:00:00Z","model_group":"cheap","prompt_tokens":1000,"completion_tokens":100},
 {"startTime":"2026-11-20T11:30:00Z","model_group":"no-such-model","prompt_tokens":1000,"completion_tokens":100}]
EOF
run simulate "$sideways" --traffic log.json --json
is "a log is played at its own times" "$(get '$.from') $(get '$.requests') $(get '$.answered') $(get '$.spent_nano')" "2026-11-20T10:00:00Z 2 1 322000"
is "a model that the settings lack is told" "$(each '$.not_answered' "json_extract(value, '\$.kind')")" model_not_found

file keyless.yaml <<'EOF'
model_list:
  - model_name: m
    litellm_params: {model: openai/gpt-4o-mini, api_key: os.environ/SIMULATE_HAS_NO_SUCH_KEY}
EOF
run simulate keyless.yaml --period day --requests 2
is "no provider key is needed" "$status" 0
done_testing
