// The settings that both read, what the stand-in providers say, and what is asked.
import { think } from '../lib/native.mjs';

const price = (input, output) => ({ input_cost_per_token: input, output_cost_per_token: output });
const info = { max_input_tokens: 100000, max_output_tokens: 4096 };

export function settingsAt([one, two], masterKey) {
	const entry = (name, model, params = {}, more = info) => ({ model_name: name, litellm_params: { model, api_key: 'sk-provider', ...price(0.0000005, 0.000001), ...params }, model_info: { id: name, ...more } });
	const v1 = { api_base: `${one.base}/v1` };
	return {
		model_list: [
			entry('gpt', 'openai/gpt-4o-mini', v1),
			entry('own', 'openai/own-model', v1),
			entry('claude', 'anthropic/claude-sonnet-4-5', { api_base: one.base }),
			entry('gemini', 'gemini/gemini-3.1-pro-preview', { api_base: `${one.base}/v1beta` }),
			entry('deepseek', 'deepseek/deepseek-chat', v1),
			entry('first', 'openai/first', v1),
			entry('second', 'openai/second', { api_base: `${two.base}/v1` }),
			entry('strict', 'openai/gpt-5-mini', v1),
			entry('free', 'openai/free-model', { ...v1, ...price(0, 0) }, {}),
			entry('any/*', 'openai/*', v1),
		],
		litellm_settings: { num_retries: 0, request_timeout: 30, drop_params: true, fallbacks: [{ first: ['second'] }], content_policy_fallbacks: [{ own: ['second'] }] },
		router_settings: { disable_cooldowns: true, num_retries: 0 },
		general_settings: { master_key: masterKey },
		sideways_settings: { answer_model: 'asked' },
	};
}

// What a user's text asks of the provider: "fail 400 {json}" is answered so, "filtered" is cut by a filter.
export function answer(asked, provider) {
	const failing = provider.name === 'one' && /^fail (\d+) ?(.*)$/s.exec(asked.text);
	if (failing) return { status: Number(failing[1]), body: failing[2] ? JSON.parse(failing[2]) : undefined };
	if (provider.name === 'one' && asked.text === 'filtered') return { text: '', finish: 'filter' };
	if (/think and call/.test(asked.text) && asked.tools.length && !asked.results.length) return { reasoning: 'First this.', text: '', tools: [{ name: asked.tools[0], input: { city: 'Paris' } }] };
	return think(asked, provider);
}

const say = (content) => [{ role: 'user', content }];
const chat = (name, body, more = {}) => ({ name: `chat ${name}`, path: '/v1/chat/completions', body: { model: 'gpt', messages: say('Say hello'), ...body }, ...more });
const messages = (name, body, more = {}) => ({ name: `messages ${name}`, path: '/v1/messages', headers: { 'anthropic-version': '2023-06-01', ...more.headers }, body: { model: 'claude', max_tokens: 200, messages: say('Say hello'), ...body } });
const responses = (name, body) => ({ name: `responses ${name}`, path: '/v1/responses', body: { model: 'gpt', input: 'Say hello', ...body } });
const completion = (name, body) => ({ name: `completions ${name}`, path: '/v1/completions', body: { model: 'gpt', prompt: 'Say hello', ...body } });
const get = (name, path, more = {}) => ({ name: `get ${name}`, method: 'GET', path, ...more });

const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const tools = [{ type: 'function', function: { name: 'get_weather', description: 'Weather', parameters } }];
const claudeTools = [{ name: 'get_weather', description: 'Weather', input_schema: parameters }];
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
const picture = [{ role: 'user', content: [{ type: 'text', text: 'Look' }, { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } }] }];
const call = { id: 'call_0', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Paris"}' } };
const loop = [...say('What is the weather'), { role: 'assistant', content: null, tool_calls: [call] }, { role: 'tool', tool_call_id: 'call_0', content: 'sunny' }];
const thought = [{ type: 'thinking', thinking: 'First this.', signature: 'sig-of-claude' }];
const thinkingLoop = [...say('think and call'), { role: 'assistant', content: null, tool_calls: [call], reasoning_content: 'First this.', thinking_blocks: thought }, { role: 'tool', tool_call_id: 'call_0', content: 'sunny' }];
const schema = { type: 'json_schema', json_schema: { name: 'person', strict: true, schema: { type: 'object', properties: { name: { type: 'string' }, age: { type: 'integer' } }, required: ['name', 'age'], additionalProperties: false } } };

// Members that LiteLLM takes for itself, with a value of the kind that each wants.
const own = {
	metadata: { tags: ['a'], user: 'b' }, tags: ['a'], additional_drop_params: ['seed'], allowed_openai_params: ['seed'], 'no-log': true, request_timeout: 20, timeout: 20, stream_timeout: 20, max_fallbacks: 2, num_retries: 0, max_retries: 0,
	fallbacks: [], context_window_fallbacks: [], content_policy_fallbacks: [], context_window_fallback_dict: {}, prompt_id: 'p', prompt_variables: { a: 'b' }, prompt_version: 1, prompt_label: 'x', provider_specific_header: { custom_llm_provider: 'openai', extra_headers: { 'x-a': 'b' } },
	model_info: { id: 'x' }, ttl: 60, cache: { 'no-cache': true }, caching: false, guardrails: [], litellm_metadata: { a: 'b' }, litellm_call_id: 'abc', litellm_trace_id: 'abc', litellm_session_id: 'abc', langfuse_public_key: 'pk', langsmith_project: 'x', arize_space_id: 'x', posthog_api_url: 'http://127.0.0.1:1',
	drop_params: true, disable_fallbacks: true, mock_timeout: false, input_cost_per_token: 0.1, output_cost_per_token: 0.1, merge_reasoning_content_in_choices: false, verbose: false, force_timeout: 20, cooldown_time: 1, tpm: 1000, rpm: 100,
	max_parallel_requests: 5, max_budget: 5, budget_duration: '1d', region_name: 'eu', allowed_model_region: 'eu', roles: {}, bos_token: '', eos_token: '', hf_model_name: 'x', supports_system_message: true, ensure_alternating_roles: false,
	user_continue_message: { role: 'user', content: 'go on' }, assistant_continue_message: { role: 'assistant', content: 'so' }, text_completion: false, retry_strategy: 'constant_retry', fallback_depth: 0, preset_cache_key: 'x', weight: 1, order: 1,
	base_model: 'gpt-4o', enable_json_schema_validation: false, stream_chunk_size: 10, turn_off_message_logging: true, use_litellm_proxy: false, ssl_verify: true, cache_key: 'x', tag_regex: [], keepalive_seconds: 5, litellm_request_debug: false,
};

const failure = (status, model, body) => chat(`fails ${status} ${model}${body ? ` ${Object.values(body)[0].code ?? Object.values(body)[0].type ?? ''}` : ''}`, { model, messages: say(`fail ${status}${body ? ` ${JSON.stringify(body)}` : ''}`) });
const openaiError = (message, type, code = null, param = null) => ({ error: { message, type, code, param } });
const STATUSES = [400, 401, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503];

export const requests = [
	// what OpenAI's format has
	...Object.entries({
		plain: {}, max_tokens: { max_tokens: 50 }, max_completion_tokens: { max_completion_tokens: 50 }, temperature: { temperature: 0.5, top_p: 0.9 }, stop: { stop: ['x'] }, seed: { seed: 7 }, penalties: { presence_penalty: 0.1, frequency_penalty: 0.2 },
		logprobs: { logprobs: true, top_logprobs: 2 }, user: { user: 'someone' }, 'json object': { response_format: { type: 'json_object' } }, schema: { response_format: schema }, tools: { tools, messages: say('What is the weather') }, 'tools required': { tools, tool_choice: 'required', messages: say('What is the weather') },
		'tools streamed': { tools, stream: true, messages: say('What is the weather') }, 'two tools': { tools, parallel_tool_calls: true, messages: say('the weather of two') }, loop: { tools, messages: loop }, 'loop streamed': { tools, stream: true, messages: loop }, picture: { messages: picture },
		system: { messages: [{ role: 'system', content: 'Be kind.' }, ...say('Say hello')] }, developer: { messages: [{ role: 'developer', content: 'Be kind.' }, ...say('Say hello')] }, stream: { stream: true }, 'stream usage': { stream: true, stream_options: { include_usage: true } },
		'stream without usage': { stream: true, stream_options: { include_usage: false } }, reasoning: { messages: say('reason') }, 'reasoning streamed': { stream: true, messages: say('reason') }, long: { messages: say('long'), max_tokens: 3 }, 'metadata stored': { store: true, metadata: { a: 'b' } }, 'null members': { temperature: null, max_tokens: null, tools: null },
		'unknown member': { vendor_thing: 1 }, 'service tier': { service_tier: 'auto' }, 'logit bias': { logit_bias: { 50256: -100 } },
	}).flatMap(([name, body]) => [chat(name, body), ...(['plain', 'max_tokens', 'temperature', 'stop', 'seed', 'penalties', 'logprobs', 'user', 'tools', 'tools required', 'tools streamed', 'loop', 'loop streamed', 'picture', 'system', 'developer', 'stream', 'stream usage', 'reasoning', 'reasoning streamed', 'long', 'schema'].includes(name)
		? ['claude', 'gemini', 'deepseek'].map((model) => chat(`${name} ${model}`, { ...body, model })) : [])]),
	chat('own plain', { model: 'own' }), chat('own max_tokens', { model: 'own', max_tokens: 50 }), chat('own max_completion_tokens', { model: 'own', max_completion_tokens: 50 }), chat('free plain', { model: 'free' }), chat('wildcard', { model: 'any/thing' }),
	chat('strict temperature', { model: 'strict', temperature: 0.2 }), chat('strict top_p', { model: 'strict', top_p: 0.5, presence_penalty: 1 }), chat('strict max_tokens', { model: 'strict', max_tokens: 60 }), chat('strict stop', { model: 'strict', stop: ['x'] }), chat('strict effort', { model: 'strict', reasoning_effort: 'low' }),
	chat('claude effort', { model: 'claude', reasoning_effort: 'low', max_tokens: 3000, messages: say('reason') }), chat('claude effort streamed', { model: 'claude', stream: true, reasoning_effort: 'low', max_tokens: 3000, messages: say('reason') }),
	chat('claude thinking', { model: 'claude', thinking: { type: 'enabled', budget_tokens: 1024 }, max_tokens: 3000, messages: say('reason') }), chat('claude thinking calls', { model: 'claude', thinking: { type: 'enabled', budget_tokens: 1024 }, max_tokens: 3000, tools, messages: say('think and call') }),
	chat('claude thinking calls streamed', { model: 'claude', stream: true, thinking: { type: 'enabled', budget_tokens: 1024 }, max_tokens: 3000, tools, messages: say('think and call') }), chat('claude thinking loop', { model: 'claude', thinking: { type: 'enabled', budget_tokens: 1024 }, max_tokens: 3000, tools, messages: thinkingLoop }),
	chat('gemini thinking calls', { model: 'gemini', tools, messages: say('think and call') }), chat('thinking loop gpt', { tools, messages: thinkingLoop }), chat('filtered own', { model: 'own', messages: say('filtered') }), chat('filtered own streamed', { model: 'own', stream: true, messages: say('filtered') }), chat('filtered gpt', { messages: say('filtered') }),
	...Object.entries(own).map(([name, value]) => chat(`own member ${name}`, { [name]: value })),

	// Anthropic's
	messages('plain', {}), messages('stream', { stream: true }), messages('system', { system: 'Be kind.' }), messages('tools', { tools: claudeTools, messages: say('What is the weather') }), messages('tools streamed', { stream: true, tools: claudeTools, messages: say('What is the weather') }),
	messages('metadata', { metadata: { user_id: 'someone' } }), messages('thinking', { max_tokens: 3000, thinking: { type: 'enabled', budget_tokens: 1024 }, messages: say('reason') }), messages('thinking streamed', { stream: true, max_tokens: 3000, thinking: { type: 'enabled', budget_tokens: 1024 }, messages: say('reason') }),
	messages('temperature', { temperature: 0.5, top_k: 5 }), messages('stop', { stop_sequences: ['x'] }), messages('empty mcp_servers', { mcp_servers: [] }), messages('without max_tokens', { max_tokens: undefined }), messages('tags', { tags: ['a'] }),
	messages('gpt', { model: 'gpt' }), messages('own', { model: 'own' }), messages('gpt streamed', { model: 'gpt', stream: true }), messages('gpt tools', { model: 'gpt', tools: claudeTools, messages: say('What is the weather') }), messages('gpt tools streamed', { model: 'gpt', stream: true, tools: claudeTools, messages: say('What is the weather') }), messages('deepseek reasoning', { model: 'deepseek', messages: say('reason') }),
	messages('fails 429', { messages: say('fail 429') }), messages('fails 529', { messages: say('fail 529') }), messages('fails 400', { messages: say('fail 400 {"type":"error","error":{"type":"invalid_request_error","message":"temperature: too high"}}') }), messages('fails 500', { messages: say('fail 500') }), messages('fails 404 gpt', { model: 'gpt', messages: say('fail 404') }),

	// Responses and completions
	responses('plain', {}), responses('stream', { stream: true }), responses('instructions', { instructions: 'Be kind.' }), responses('limit', { max_output_tokens: 50 }), responses('tools', { tools: [{ type: 'function', name: 'get_weather', parameters, strict: false }], input: 'What is the weather' }), responses('metadata', { metadata: { a: 'b' } }),
	responses('claude', { model: 'claude' }), responses('claude streamed', { model: 'claude', stream: true }), responses('fails 500', { input: 'fail 500' }),
	completion('plain', {}), completion('limit', { max_tokens: 20 }), completion('stream', { stream: true }), completion('list', { prompt: ['Say hello'] }), completion('claude', { model: 'claude' }),

	// failures
	...STATUSES.flatMap((status) => [failure(status, 'gpt', openaiError(`The provider says ${status} of it`, 'some_error', 'some_code', 'temperature')), failure(status, 'claude', { type: 'error', error: { type: 'some_error', message: `The provider says ${status} of it` } }), failure(status, 'gemini', { error: { code: status, message: `The provider says ${status} of it`, status: 'SOME_STATUS' } })]),
	failure(529, 'claude', { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }), failure(429, 'gpt', openaiError('You exceeded your current quota, please check your plan and billing details.', 'insufficient_quota', 'insufficient_quota')), failure(402, 'deepseek', openaiError('Insufficient Balance', 'unknown_error', 'invalid_request_error')),
	failure(429, 'claude', { type: 'error', error: { type: 'rate_limit_error', message: 'This request would exceed your rate limit' } }), failure(400, 'gpt', openaiError("This model's maximum context length is 8192 tokens.", 'invalid_request_error', 'context_length_exceeded', 'messages')), failure(400, 'own', openaiError('The response was filtered', 'invalid_request_error', 'content_filter')),
	failure(500, 'first'), failure(429, 'first'), failure(401, 'first'), failure(404, 'first'), failure(400, 'first', openaiError('temperature must be at most 2', 'invalid_request_error', null, 'temperature')), failure(503, 'first'), chat('fails 500 first streamed', { model: 'first', stream: true, messages: say('fail 500') }), chat('fails 500 gpt streamed', { stream: true, messages: say('fail 500') }),
	chat('unknown model', { model: 'nobody' }), chat('no model', { model: undefined }), chat('no messages', { messages: undefined }), chat('messages a text', { messages: 'hello' }), chat('not JSON', {}, { body: '{"model":' }), chat('mock_response', { mock_response: 'So it is.' }),

	// keys and addresses
	chat('key none', {}, { key: 'none' }), chat('key wrong', {}, { key: 'none', headers: { authorization: 'Bearer sk-wrong' } }), chat('key x-api-key', {}, { key: 'x-api-key' }), chat('key api-key', {}, { key: 'api-key' }), chat('key x-litellm-api-key', {}, { key: 'x-litellm-api-key' }), chat('key x-goog-api-key', {}, { key: 'x-goog-api-key' }),
	{ name: 'gemini ?key=', path: '/v1beta/models/gemini:generateContent?key=KEY', key: 'none', body: { contents: [{ role: 'user', parts: [{ text: 'Say hello' }] }] } }, { name: 'gemini generate', path: '/v1beta/models/gemini:generateContent', key: 'x-goog-api-key', body: { contents: [{ role: 'user', parts: [{ text: 'Say hello' }] }] } },
	{ ...chat('without /v1', {}), path: '/chat/completions' }, { ...chat('engines', { model: undefined }), path: '/engines/gpt/chat/completions' }, { ...completion('engines', { model: undefined }), path: '/engines/gpt/completions' }, { ...chat('deployments', { model: undefined }), path: '/openai/deployments/gpt/chat/completions?api-version=2024-02-01' },
	get('models', '/v1/models'), get('models plain', '/models'), get('a model', '/v1/models/gpt'), get('root', '/', { key: 'none' }), get('routes', '/routes'), get('liveliness', '/health/liveliness', { key: 'none' }), get('readiness', '/health/readiness', { key: 'none' }), get('unknown address', '/v1/nothing'),
	{ name: 'token_counter', path: '/utils/token_counter', body: { model: 'gpt', messages: say('Say hello') } }, { name: 'token_counter prompt', path: '/utils/token_counter', body: { model: 'gpt', prompt: 'Say hello' } }, { name: 'count_tokens', path: '/v1/messages/count_tokens', body: { model: 'claude', messages: say('Say hello') } },
	{ name: 'preflight', method: 'OPTIONS', path: '/v1/chat/completions', key: 'none', headers: { origin: 'http://localhost:3000', 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' } }, chat('origin', {}, { headers: { origin: 'http://localhost:3000' } }),
];
