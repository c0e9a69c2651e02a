// What programs that were written for LiteLLM's proxy send and read.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { bearer, chat, request, stream } from './lib/client.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { gateway, upstream } from './lib/story.mjs';
import { play } from './lib/upstream.mjs';

const ORIGIN = 'https://app.example.com';
let up, gw, key;

before(async () => {
	up = await upstream();
	gw = await gateway({ settings: settings([deployment('small', up.base), deployment('hidden', up.base, { id: 'behind-hidden' })], { general: { cors_origins: [ORIGIN] }, sideways: { answer_model: 'asked' } }) });
	key = await gw.key();
});

test('x-litellm-api-key is the key, whatever else a program is signed in with', async () => {
	for (const headers of [{ 'x-litellm-api-key': key }, { 'x-litellm-api-key': `Bearer ${key}` }, { 'x-litellm-api-key': key, authorization: 'Bearer sk-ant-oat-of-someone' }]) {
		const reply = await request(`${gw.base}/v1/chat/completions`, { method: 'POST', headers, body: { model: 'small', messages: [{ role: 'user', content: 'Hi' }] } });
		assert.equal(reply.status, 200, reply.text);
	}
	const wrong = await chat(gw, key, { model: 'small' }, { headers: { 'x-litellm-api-key': 'sk-nobody' } });
	assert.equal(wrong.status, 401);
});

test('?key= is taken at Gemini\'s paths alone, and stands in no log of the gateway', async () => {
	const ask = (path) => request(`${gw.base}${path}`, { method: 'POST', body: { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] } });
	assert.equal((await ask(`/v1beta/models/small:generateContent?alt=json&key=${key}`)).status, 200);
	assert.equal((await ask(`/v1beta/models/small:generateContent?monkey=${key}`)).status, 401);
	assert.equal((await request(`${gw.base}/v1/chat/completions?key=${key}`, { method: 'POST', body: { model: 'small', messages: [{ role: 'user', content: 'Hi' }] } })).status, 401);
	assert.ok(!gw.output(1 << 20).includes(key));
});

test('pages of a listed origin may call models, and of no other', async () => {
	const asked = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type' };
	const preflight = await request(`${gw.base}/v1/chat/completions`, { method: 'OPTIONS', headers: { origin: ORIGIN, ...asked } });
	assert.equal(preflight.status, 204, preflight.text);
	assert.equal(preflight.headers['access-control-allow-origin'], ORIGIN);
	assert.equal(preflight.headers['access-control-allow-headers'], 'authorization,content-type');
	const reply = await chat(gw, key, { model: 'small' }, { headers: { origin: ORIGIN } });
	assert.equal(reply.headers['access-control-allow-origin'], ORIGIN);
	assert.equal(reply.headers.vary, 'Origin');
	const other = await request(`${gw.base}/v1/chat/completions`, { method: 'OPTIONS', headers: { origin: 'https://evil.example', ...asked } });
	assert.equal(other.headers['access-control-allow-origin'], undefined);
	assert.notEqual(other.status, 204);
	const management = await request(`${gw.base}/key/info`, { headers: { origin: ORIGIN, ...bearer(key) } });
	assert.equal(management.headers['access-control-allow-origin'], undefined);
});

test('the call\'s id comes back, and what cannot be one does not', async () => {
	assert.equal((await chat(gw, key, { model: 'small' }, { headers: { 'x-litellm-call-id': 'my-call.1' } })).headers['x-litellm-call-id'], 'my-call.1');
	const odd = await chat(gw, key, { model: 'small' }, { headers: { 'x-litellm-call-id': 'a b<c' } });
	assert.equal(odd.headers['x-litellm-call-id'], odd.headers['x-sideways-request-id']);
	assert.match(odd.headers['x-litellm-version'], /^\d+\./);
});

test('models are named in paths of engines, also without one in the body', async () => {
	const say = { messages: [{ role: 'user', content: 'Hi' }] };
	for (const path of ['/engines/small/chat/completions', '/openai/deployments/small/chat/completions']) {
		const reply = await request(`${gw.base}${path}`, { method: 'POST', headers: bearer(key), body: say });
		assert.equal(reply.status, 200, reply.text);
		assert.equal(up.log.at(-1).body.model, 'small');
	}
});

test('probes, routes and counts', async () => {
	const root = await request(`${gw.base}/`);
	assert.deepEqual([root.status, root.json.status], [200, 'ok']);
	const { routes } = (await request(`${gw.base}/routes`)).json;
	assert.ok(routes.some((r) => r.path === '/v1/chat/completions' && r.methods[0] === 'POST'));
	for (const body of [{ prompt: 'How many "tokens"?' }, { messages: [{ role: 'user', content: 'How many "tokens"?' }] }]) {
		const reply = await request(`${gw.base}/utils/token_counter`, { method: 'POST', headers: bearer(key), body: { model: 'small', ...body } });
		assert.equal(reply.status, 200, reply.text);
		assert.ok(reply.json.total_tokens > 0 && reply.json.total_tokens < 100);
		assert.deepEqual([reply.json.request_model, reply.json.model_used], ['small', 'small']);
	}
});

test('/utils/token_counter names what is behind a model only to a key that may use it', async () => {
	const [mine, others] = [await gw.key('--models', 'hidden'), await gw.key('--models', 'small')];
	const used = async (secret) => (await request(`${gw.base}/utils/token_counter`, { method: 'POST', headers: bearer(secret), body: { model: 'hidden', prompt: 'Hi' } })).json.model_used;
	assert.deepEqual([await used(mine), await used(others)], ['behind-hidden', 'hidden']);
});

test('/v1/completions has no limit of its own', async () => {
	const reply = await request(`${gw.base}/v1/completions`, { method: 'POST', headers: bearer(key), body: { model: 'small', prompt: 'Hi' } });
	assert.equal(reply.status, 200, reply.text);
	assert.equal(up.log.at(-1).body.max_tokens, undefined);
	assert.equal(up.log.at(-1).body.max_completion_tokens, undefined);
});

test('what LiteLLM keeps for itself does not reach a provider', async () => {
	const own = { metadata: { tags: ['a'] }, 'no-log': true, additional_drop_params: ['seed'], request_timeout: 10, litellm_metadata: {}, langfuse_public_key: 'pk', model_info: {}, ttl: 5, mock_timeout: false, input_cost_per_token: 0.5 };
	const reply = await chat(gw, key, { model: 'small', vendor_thing: 1, ...own });
	assert.equal(reply.status, 200, reply.text);
	const { body } = up.log.at(-1);
	for (const name of Object.keys(own)) assert.ok(!(name in body), name);
	assert.equal(body.vendor_thing, 1);
	await chat(gw, key, { model: 'small', store: true, metadata: { a: 'b' } });
	assert.deepEqual(up.log.at(-1).body.metadata, { a: 'b' });
});

test('answers have the name that was asked for, with answer_model: asked', async () => {
	up.next('small', play.whole({ id: 'c', object: 'chat.completion', model: 'vendor-name-2026', choices: [{ index: 0, message: { role: 'assistant', content: 'Hi', reasoning: 'So "it" is.' }, finish_reason: 'stop' }], usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } }));
	const { json } = await chat(gw, key, { model: 'small' });
	assert.equal(json.model, 'small');
	assert.deepEqual(json.choices[0].message, { role: 'assistant', content: 'Hi', reasoning: 'So "it" is.', reasoning_content: 'So "it" is.' });
	const state = await stream(gw, key, { model: 'small' }).over;
	assert.ok(state.events.every((event) => event.json.model === 'small'));
});

test('a wildcard is listed as the models that are known of its provider, with their limits', async () => {
	const wild = await gateway({ settings: settings([{ model_name: 'mine/*', litellm_params: { model: 'openai/gpt-4*', api_key: 'k', api_base: up.base } }]) });
	const { data } = (await request(`${wild.base}/v1/models`, { headers: bearer(await wild.key()) })).json;
	const mini = data.find((one) => one.id === 'mine/o-mini');
	assert.ok(mini, JSON.stringify(data.map((one) => one.id)).slice(0, 500));
	assert.deepEqual([mini.mode, mini.max_input_tokens, mini.max_output_tokens], ['chat', 128000, 16384]);
	assert.ok(!data.some((one) => one.id.includes('*')));
});

test('tags of clients are refused where the settings say so, in every form', async () => {
	const strict = await gateway({ settings: settings([deployment('small', up.base)], { general: { reject_clientside_metadata_tags: true } }) });
	const own = await strict.key();
	assert.equal((await chat(strict, own, { model: 'small', metadata: { a: 'b' } })).status, 200);
	for (const [body, headers] of [[{ metadata: { tags: ['a'] } }, {}], [{ tags: ['a'] }, {}], [{ litellm_metadata: { tags: ['a'] } }, {}], [{}, { 'x-litellm-tags': 'a' }]]) {
		const reply = await chat(strict, own, { model: 'small', ...body }, { headers });
		assert.equal(reply.status, 400, reply.text);
		assert.match(reply.text, /reject_clientside_metadata_tags/);
	}
});
