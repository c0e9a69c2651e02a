// What differs from LiteLLM, each kind with its reason.  What no row knows fails the run.
//	what   the difference as beside.mjs prints it, LiteLLM's on the left of "|"
//	at     names of requests; without it all
//	whose  'ours': on purpose; 'theirs': LiteLLM's own, which no client needs, or a fault there
const theirs = (what, why, at) => ({ whose: 'theirs', what, why, at });
const ours = (what, why, at) => ({ whose: 'ours', what, why, at });

export const listed = [
	// ---- answers ----
	theirs(/provider_specific_fields/, 'LiteLLM\'s own field, beside what stands in the format\'s own'),
	theirs(/^shape: vertex_ai_/, 'empty lists of Vertex, also from Gemini'),
	theirs(/^shape: choices\[\]\.message\.(images|thinking_blocks): list \| -$/, 'empty lists', /gemini/),
	theirs(/^shape: (response\.)?usage\.[a-z_.]*: (null|number) \| -$/, 'names of LiteLLM\'s beside those of the format; most are null'),
	theirs(/^shape: choices\[\]\.(message\.tool_calls|delta\.thinking_blocks)\[\]\.index: number \| -$/, 'not in OpenAI\'s whole answers'),
	ours(/^shape: - \| (response\.)?usage\.[a-z_.]*: number$/, 'all members of OpenAI\'s usage are there, also with 0'),
	ours(/^shape: - \| choices\[\]\.(logprobs|finish_reason|message\.refusal|delta\.refusal): null$/, 'OpenAI\'s own answers have them'),
	ours(/^shape: - \| request_id: string$/, 'Anthropic\'s errors have it', /messages/),
	theirs(/^values: choices\[\]\.message\.tool_calls\[\]\.function\.arguments = "\{\\"city\\": \\"Paris\\"\}" \| -$/, 'Python\'s JSON puts a space'),
	ours(/^values: - \| choices\[\]\.message\.tool_calls\[\]\.function\.arguments = "\{\\"city\\":\\"Paris\\"\}"$/, 'as the model wrote it'),
	theirs(/^order: (role|nothing|reasoning_content)\S* ?.*\| (role|text) \|/, 'the first event carries a role and words; ours has the role alone, as OpenAI\'s'),
	theirs(/^shape: (stop_details|user|truncation|text|reasoning|max_output_tokens|store|model|original_response|status_code|error_message|error|count_source|detail|output\[\]\.\w+): \w+ \| -$/, 'null members', /responses|completions|messages|token_counter|deployments|engines|get /),
	ours(/^(shape|values): - \| (response\.)?(truncation|text\.format\.type|reasoning\.\w+|temperature|top_p|store|output\[\]\.content\[\]\.logprobs|part\.logprobs|logprobs|item\.content\[\]\.logprobs|instructions|incomplete_details|error|previous_response_id|usage)\b/, 'members that OpenAI\'s Responses have', /responses/),
	theirs(/^shape: (response\.)?(top_p|temperature|text): (number|object) \| -$/, 'an echo of defaults', /responses/),
	theirs(/^order: response\.created .*response\.created/, 'no event: lines, and [DONE] at the end, which OpenAI\'s have not', /^responses/),
	ours(/^values: (- \| )?text = /, 'the events of a stream of Responses are read by their own names', /responses|completions/),
	theirs(/^values: (text|status_code) = null \| -$/, 'null members'),
	ours(/^values: (model = "second" \| -|- \| model = "(first|own)")$/, 'answer_model: asked has the name that was asked for; LiteLLM tells who stood in', /first|filtered|content_filter/),
	theirs(/^(shape|values): .*signature/, 'a signature that no provider gave', /deepseek reasoning/),
	ours(/^values: (choices\[\]\.\w+\S* = .* \| -|- \| choices\[\]\.\w+\S* = .*)$|^shape: (choices\[\]\.\S+: .* \| -|- \| choices\[\]\.\S+: .*)$|^values: (usage\S+ = \S+ \| -|- \| usage\S+ = \S+)$|^values: (- \| )?(finish|arguments|text) = |^order: role\+content/, 'the made-up provider says otherwise where it was sent otherwise', /^chat (tools.* gemini|loop.* gemini|picture (gemini|deepseek)|schema|filtered|gemini|mock_response)/),

	ours(/^shape: - \| usage: null$/, 'each event says usage: null before the last, as OpenAI\'s', /stream usage/),
	theirs(/thinking_blocks/, 'blocks without a signature, which no provider takes back', /reasoning gemini/),
	ours(/usage/, 'the made-up provider bills 7 tokens where 3 were allowed: that is not believed, and charged by the bound', /chat long/),
	ours(/^values: (model = "gpt-4o-mini" \| -|- \| model = "gpt")$/, 'answer_model: asked; in these paths LiteLLM tells the provider\'s name', /engines|deployments/),
	ours(/error\.code/, 'LiteLLM\'s code is the status', /messages a text/),
	theirs(/^shape: (text true \| -|- \| error\.message: string)$/, 'without its database LiteLLM answers a page of text', /key none/),

	// ---- what goes to the provider ----
	theirs(/^sent stream: false/, 'said where it is the default'),
	ours(/^sent generationConfig: - \| \{"maxOutputTokens":4096\}/, 'the model\'s longest answer is said to Gemini'),
	ours(/^sent generationConfig/, 'names as Gemini documents them; a limit beside what was asked', /gemini/),
	theirs(/^sent (system_instruction|tools): .*(function_declarations|system_instruction|"parts")/, 'names with underscores, which Gemini takes as well', /gemini/),
	ours(/^sent (systemInstruction|system_instruction|tools|contents|model|safetySettings|toolConfig|tool_config)/, 'Gemini\'s documented names', /gemini/),
	theirs(/^sent tools: .*"type":"custom"/, 'a type that Anthropic takes as given', /claude/),
	ours(/^sent messages/, 'a text is a block, and an empty content of calls is null, as it came', /claude|loop/),
	ours(/^sent (output_format|output_config)/, 'Anthropic\'s present name', /claude/),
	ours(/^sent top_p: 0.9/, 'Claude 4.5 refuses temperature and top_p together', /temperature claude/),
	ours(/^sent (presence_penalty|frequency_penalty)/, 'DeepSeek\'s models take none', /deepseek/),
	ours(/^sent user: - \|/, 'DeepSeek passes by what it does not know', /user deepseek/),
	ours(/^sent (response_format|messages)/, 'DeepSeek has no schemas: in words, with its JSON mode', /schema deepseek/),
	theirs(/^sent messages: .*\{"role":"user","content":"Look"\}/, 'the picture is left out without a word', /picture deepseek/),
	theirs(/^sent messages: \[\{"role":"system"/, 'developer is OpenAI\'s own role', /developer/),
	ours(/^sent metadata: - \|/, 'with store: true OpenAI keeps it', /metadata/),
	ours(/^sent (temperature: - \| null|max_tokens|tools: - \| null)/, 'null goes on as it came', /null members/),
	ours(/^sent (path|input|include|max_output_tokens|messages|max_completion_tokens|max_tokens|stream_options|tools|instructions|metadata|store|text|system|temperature|model)\b/, 'LiteLLM calls OpenAI\'s /responses for these; we the chat, unless the model speaks Responses alone', /^(messages|responses)/),
	ours(/^sent (max_tokens|max_completion_tokens|stream_options)/, 'as for a chat: what the model knows, and the usage of a stream', /^completions|effort/),

	// ---- failures ----
	ours(/^(status: 40[13] \| 502|values: .*error\.(type|code)|shape: .*error\.)/, '401 and 403 of a provider say that the gateway\'s key is wrong, not the client\'s', /fails 40[13]/),
	ours(/^(values|shape): (- \| )?error\.(type|code|param)\b/, 'type and code are OpenAI\'s words; LiteLLM\'s code is the status', /fails|unknown model|no |not JSON|key|unknown address/),
	theirs(/^status: 400 \| 413$/, 'Anthropic\'s 413 becomes 400', /fails 413 claude/),
	theirs(/^status: 200 \| 422$/, 'a 422 becomes 200 and the text null (findings/litellm-422-is-200-null.sh)', /fails 422/),
	theirs(/^status: 500 \| (502|503|529)$/, 'the provider\'s status is lost', /fails (502|529)/),
	ours(/^status: 400 \| 200$/, 'content_policy_fallbacks also for a 400 of OpenAI\'s that says content_filter', /content_filter/),
	ours(/^status: 200 \| 400$|^calls/, 'a client\'s own mistake uses no general fallback: another model would refuse it, too, or bill it', /fails 400 first/),
	ours(/^calls: 1 \| 2$|^order|^values/, 'also a stream that is stopped before its first word goes to content_policy_fallbacks', /filtered own streamed/),
	ours(/^status: 400 \| 404$/, 'OpenAI\'s own status', /unknown model|fails 404 gpt/),
	theirs(/^status: 500 \| 401$|^status: 400 \| 401$/, 'without its database LiteLLM fails there', /key/),
	ours(/^status: 400 \| 200$/, 'where the client leaves max_tokens out the gateway has one', /without max_tokens/),
	theirs(/^status: (400|500) \| 200$/, 'members that LiteLLM refuses from clients; here they are kept back', /own member/),

	// ---- addresses ----
	ours(/^(shape|values): - \| (data\[\]\.|first_id|last_id|has_more|created_at|display_name|type)/, 'the list is Anthropic\'s, too: they share the path', /get (models|a model)/),
	theirs(/^(shape|values): .*routes\[\]/, 'its own list', /get routes/),
	theirs(/^(shape|values):/, 'its own words', /get (root|liveliness|readiness|unknown address)|token_counter/),
	theirs(/^status: 404 \| 200$/, 'counts for Anthropic\'s models only', /count_tokens/),
	ours(/^status: 200 \| 40[05]$/, 'pages in browsers may call nothing until cors_origins names them', /preflight/),
];
