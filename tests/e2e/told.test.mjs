// What LiteLLM's clients are told beside the answer: usage.cost, where it came from, what the provider says of its limits.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { request } from './lib/client.mjs';
import { settings } from './lib/settings.mjs';
import { gateway } from './lib/story.mjs';

const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
const limits = { 'x-ratelimit-limit-requests': '500', 'x-ratelimit-remaining-tokens': '29000', 'x-ratelimit-reset-tokens': '6ms' };
let server, base;
before(async () => {
	server = http.createServer((call, reply) => {
		let body = '';
		call.on('data', (piece) => { body += piece; }).on('end', () => {
			const stream = JSON.parse(body).stream;
			reply.writeHead(200, { 'content-type': stream ? 'text/event-stream' : 'application/json', ...limits });
			const chunk = (choices, more) => `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', model: 'm', choices, ...more })}\n\n`;
			if (!stream) reply.end(JSON.stringify({ id: 'c', object: 'chat.completion', model: 'm', choices: [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }], usage }));
			else reply.end(chunk([{ index: 0, delta: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }]) + chunk([], { usage }) + 'data: [DONE]\n\n');
		});
	}).listen(0, '127.0.0.1');
	await new Promise((resolve) => { server.on('listening', resolve); });
	base = `http://127.0.0.1:${server.address().port}/v1`;
});
after(() => server.close());

const MASTER = 'sk-master-0123456789abcdef';
const plan = (litellm, sideways) => {
	const plain = settings([{ model_name: 'main', litellm_params: { model: 'openai/m', api_key: 'k', api_base: base, input_cost_per_token: 0.000001, output_cost_per_token: 0.000002 }, model_info: { max_output_tokens: 500 } },
		{ model_name: 'keyless', litellm_params: { model: 'openai/gpt-4o-mini', api_key: 'os.environ/TOLD_UNSET' } },
		{ model_name: 'foreign', litellm_params: { model: 'nobody/m', api_key: 'k' } }]);
	return { ...plain, general_settings: { ...plain.general_settings, master_key: MASTER }, litellm_settings: { ...plain.litellm_settings, ...litellm }, sideways_settings: { ...plain.sideways_settings, ...sideways } };
};
const COST = 0.00002;
const ways = [
	['/v1/chat/completions', { messages: [{ role: 'user', content: 'hi' }] }, { stream_options: { include_usage: true } }],
	['/v1/messages', { max_tokens: 50, messages: [{ role: 'user', content: 'hi' }] }, {}],
	['/v1/responses', { input: 'hi' }, {}],
];
const post = (gw, key, path, body) => request(`${gw.base}${path}`, { method: 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' }, body: JSON.stringify({ model: 'main', ...body }) });
// The last usage of a stream.
const usageOf = (text) => text.split('\n').filter((line) => line.startsWith('data: {')).map((line) => JSON.parse(line.slice(6))).map((event) => event.usage ?? event.response?.usage).filter(Boolean).at(-1);

test('usage.cost stands in whole answers and streams of every format, where it is wanted', async () => {
	const gw = await gateway({ settings: plan({ include_cost_in_streaming_usage: true }) });
	const key = await gw.key();
	for (const [path, body, streamed] of ways) {
		const whole = await post(gw, key, path, body);
		assert.equal(whole.json.usage.cost, COST, whole.text);
		assert.equal(Number(whole.headers['x-litellm-response-cost']), COST);
		const stream = await post(gw, key, path, { ...body, ...streamed, stream: true });
		assert.equal(usageOf(stream.text).cost, COST, stream.text);
	}
	await gw.stop();
});

test('limits of the provider are told, and its address only when it is wanted', async () => {
	const gw = await gateway({ settings: plan({}, { tell_api_base: true }) });
	const key = await gw.key();
	const own = await gw.key('--rpm', '100');
	for (const [path, body] of ways) {
		const { headers, json } = await post(gw, key, path, body);
		assert.equal(json.usage.cost, undefined);
		assert.equal(headers['llm_provider-x-ratelimit-limit-requests'], '500');
		assert.equal(headers['llm_provider-x-ratelimit-reset-tokens'], '6ms');
		assert.equal(headers['x-ratelimit-remaining-tokens'], '29000');
		assert.equal(headers['x-ratelimit-reset-tokens'], undefined); // as LiteLLM
		assert.equal(headers['x-litellm-model-api-base'], `${base}/chat/completions`);
	}
	const limited = await post(gw, own, ...ways[0]);
	assert.equal(limited.headers['x-ratelimit-limit-requests'], '100');
	await gw.stop();
	const silent = await gateway({ settings: plan({ return_response_headers: false }) });
	const { headers } = await post(silent, await silent.key(), ...ways[0]);
	assert.deepEqual(Object.keys(headers).filter((name) => /llm_provider|api-base/.test(name)), []);
	await silent.stop();
});

test('what cannot be called is not listed, and is no failure that passes by', async () => {
	const gw = await gateway({ settings: plan() });
	const key = await gw.key();
	const list = await request(`${gw.base}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
	assert.deepEqual(list.json.data.map((model) => model.id), ['main']);
	for (const model of ['keyless', 'foreign']) assert.equal((await post(gw, key, ways[0][0], { ...ways[0][1], model })).status, 400);
	await gw.stop();
});

test('metrics name a model from its first call on', async () => {
	const gw = await gateway({ settings: plan() });
	const reply = await post(gw, await gw.key(), ...ways[0]);
	await gw.record(reply.headers['x-sideways-request-id']);
	const metrics = await request(`${gw.base}/metrics`, { headers: { authorization: `Bearer ${MASTER}` } });
	const lines = metrics.text.split('\n').filter((line) => /model/.test(line) && !line.startsWith('#'));
	assert.ok(lines.some((line) => line.includes('"main"')), metrics.text);
	assert.deepEqual(lines.filter((line) => line.includes('="other"')), []);
	await gw.stop();
});
