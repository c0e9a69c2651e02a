// What vendors really send as a bill, through a gateway behind lighttpd: what the ledger has is what they bill.
// The bodies are those of recorded cases.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { chat, request, stream } from './lib/client.mjs';
import { gateway } from './lib/story.mjs';
import { settings } from './lib/settings.mjs';

let vendor, gw, key, asked, say;

// A vendor that answers what `say` returns for its model: an object whole, a list as events.
async function startVendor() {
	const server = http.createServer((req, reply) => {
		const parts = [];
		req.on('data', (part) => parts.push(part)).on('end', () => {
			const body = JSON.parse(Buffer.concat(parts).toString() || '{}');
			const answer = say(body, req);
			asked.push({ url: req.url, headers: req.headers, body });
			reply.writeHead(answer.status ?? 200, { 'content-type': Array.isArray(answer) ? 'text/event-stream' : 'application/json' });
			reply.end(Array.isArray(answer) ? answer.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('') + 'data: [DONE]\n\n' : (answer.text ?? JSON.stringify(answer)));
		});
	});
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	return { server, base: `http://127.0.0.1:${server.address().port}` };
}

const entry = (group, model, prices = {}, info = {}) => ({
	model_name: group,
	litellm_params: { model, api_base: `${vendor.base}/v1`, api_key: 'sk-CANARY-provider-x', ...prices },
	model_info: { id: group, max_input_tokens: 100000, max_output_tokens: 4000, ...info },
});
const PRICED = { input_cost_per_token: 1e-6, output_cost_per_token: 5e-6 };
const whole = (usage, content = 'hello there') => ({ id: 'c1', object: 'chat.completion', created: 1, model: 'x', usage,
	choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }] });

before(async () => {
	asked = [];
	vendor = await startVendor();
	gw = await gateway({ front: 'fastcgi', settings: settings([
		entry('writes', 'openai/writes', { ...PRICED, cache_creation_input_token_cost: 1.25e-6 }),
		entry('broken', 'openai/broken', PRICED), entry('plain', 'openai/plain', PRICED),
		entry('gemini', 'gemini/gemini-of-sounds', { input_cost_per_token: 3e-7, output_cost_per_token: 2.5e-6, cache_read_input_token_cost: 3e-8,
			input_cost_per_audio_token: 1e-6, cache_read_input_audio_token_cost: 1e-7 }), entry('kimi', 'moonshot/kimi-k3', PRICED),
		entry('router', 'openrouter/anthropic/claude-sonnet-4.5'), entry('claude', 'anthropic/claude-sonnet-4-5'),
	], { router: { fallbacks: [{ broken: ['writes'] }] } }) });
	key = await gw.key('--alias', 'bills', '--budget', '1000/1d');
});
after(() => vendor.server.close());

async function billed(reply) {
	await gw.quiet();
	return gw.record(reply.headers['x-sideways-request-id']);
}

test('a fallback that writes its cache for 12 hours is charged the dearest write that is known', async () => {
	say = (body) => body.model === 'broken' ? { status: 500, text: '{"error":{"message":"down"}}' }
		: whole({ prompt_tokens: 5000, completion_tokens: 10, total_tokens: 5010, prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 4000, cache_write_tokens_details: { ttl_12h_tokens: 3000 } } });
	const reply = await chat(gw, key, { model: 'broken', messages: [{ role: 'user', content: 'hi' }], max_tokens: 100 });
	assert.equal(reply.status, 200);
	assert.equal(reply.headers['x-sideways-fallbacks'], '1');
	// 12 hours have no price here: at least 2.5 times the input's.
	assert.equal((await billed(reply)).cost_nano, 1000 * 1000 + 1000 * 1250 + 3000 * 2500 + 10 * 5000);
});

test('audio that Gemini cached is charged as cached audio', async () => {
	say = () => ({ candidates: [{ content: { role: 'model', parts: [{ text: 'hello' }] }, finishReason: 'STOP' }],
		usageMetadata: { promptTokenCount: 10000, cachedContentTokenCount: 8000, candidatesTokenCount: 100, totalTokenCount: 10100,
			promptTokensDetails: [{ modality: 'TEXT', tokenCount: 1000 }, { modality: 'AUDIO', tokenCount: 9000 }], cacheTokensDetails: [{ modality: 'AUDIO', tokenCount: 8000 }] } });
	const reply = await chat(gw, key, { model: 'gemini', messages: [{ role: 'user', content: 'hi' }], max_tokens: 100 });
	assert.equal(reply.status, 200, reply.text);
	assert.equal((await billed(reply)).cost_nano, 2350000);
});

test('Moonshot tells usage in the choice that ends', async () => {
	say = () => [{ id: 'c', choices: [{ index: 0, delta: { role: 'assistant', content: 'hello' } }] },
		{ id: 'c', choices: [{ index: 0, delta: {}, finish_reason: 'stop', usage: { prompt_tokens: 1000, completion_tokens: 20, total_tokens: 1020, cached_tokens: 0 } }] }];
	const reply = await stream(gw, key, { model: 'kimi', messages: [{ role: 'user', content: 'hi' }], max_tokens: 100 }).over;
	assert.equal((await billed(reply)).cost_nano, 1000 * 1000 + 20 * 5000);
});

for (const [name, run, streamed] of [['=', '='.repeat(20000), false], ['spaces', ' '.repeat(20000), true], ['logprobs', 'word '.repeat(200), false]])
	test(`an answer of ${name} without usage is an estimate below its hold`, async () => {
		const answer = whole(undefined, run);
		if (name === 'logprobs') answer.choices[0].logprobs = { content: Array.from({ length: 400 }, () => ({ token: 'word', logprob: -0.1, bytes: [1, 2, 3], top_logprobs: [] })) };
		say = () => streamed ? [{ id: 'c', choices: [{ index: 0, delta: { content: run }, finish_reason: 'stop' }] }] : answer;
		const body = { model: 'plain', messages: [{ role: 'user', content: `${run} hi` }], max_tokens: 300 };
		const reply = streamed ? await stream(gw, key, body).over : await chat(gw, key, body);
		assert.equal(reply.status, 200, JSON.stringify([reply.status, reply.error?.message, reply.text?.slice(0, 600)]));
		await billed(reply);
		const row = (await gw.sql('SELECT cost_nano, bound_nano, estimated FROM attempt ORDER BY started_ms DESC LIMIT 1'))[0];
		assert.ok(row.cost_nano <= row.bound_nano);
		assert.equal(row.estimated, 1);
	});

test('a conversation kept at Anthropic is refused so that the SDK sends all of it', async () => {
	say = () => ({ id: 'm', type: 'message', role: 'assistant', model: 'c', content: [{ type: 'text', text: 'hi' }], stop_reason: 'end_turn', usage: { input_tokens: 9, output_tokens: 1 } });
	const count = asked.length;
	for (const path of ['/anthropic/v1/messages', '/v1/messages']) {
		const reply = await request(`${gw.base}${path}`, { method: 'POST', headers: { 'x-api-key': key, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' },
			body: { model: 'claude', max_tokens: 100, thread: { id: 'thread_1' }, messages: [{ role: 'user', content: 'next' }] } });
		assert.equal(reply.status, 400, path);
		assert.deepEqual(JSON.parse(reply.text).error.details, { error_code: 'thread_unsupported_request', unsupported: ['thread'] });
	}
	assert.equal(asked.length, count);
});

test('OpenRouter with the customer\'s own key costs what the vendor upstream bills', async () => {
	say = () => whole({ prompt_tokens: 9171, completion_tokens: 113, total_tokens: 9284, cost: 0, is_byok: true, cost_details: { upstream_inference_cost: 0.0360795 } });
	const reply = await chat(gw, key, { model: 'router', messages: [{ role: 'user', content: 'hi' }], max_tokens: 200 });
	assert.equal(reply.status, 200, reply.text);
	assert.equal((await billed(reply)).cost_nano, 36079500);
});

test('the ledger is whole', async () => {
	await gw.quiet();
	assert.equal((await gw.audit()).clean, true);
});
