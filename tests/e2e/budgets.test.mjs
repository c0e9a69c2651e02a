// Budgets refuse before a call, say why, and are never overrun.
import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import OpenAI from 'openai';
import { chat, request, stream } from './lib/client.mjs';
import { costOf, deployment, settings } from './lib/settings.mjs';
import { MASTER_KEY } from './lib/sandbox.mjs';
import { gateway, keepReply, upstream } from './lib/story.mjs';
import { play } from './lib/upstream.mjs';

let up, gw;

before(async () => {
	up = await upstream();
	gw = await gateway({ front: 'nginx', server: { workers: 2 }, settings: settings([
		deployment('model', up.base),
		deployment('capped', up.base, { params: { max_budget: 0.0004, budget_duration: '1d' } }),
		deployment('spare', up.base),
		deployment('long', up.base, { info: { max_output_tokens: 32000 } }),
	], { router: { fallbacks: [{ capped: ['spare'] }] }, litellm: { max_budget: 100, budget_duration: '30d' } }) });
});

beforeEach(() => up.forget());

const dollars = (nano) => (nano / 1e9).toFixed(9);

test('a budget that is used up refuses with all that a client needs to know', async () => {
	const key = await gw.key('--budget', '0.00001/1d', '--alias', 'poor');
	const reply = await chat(gw, key, { model: 'model', max_tokens: 100 });
	keepReply(reply.text);
	assert.equal(reply.status, 429, reply.text);
	assert.equal(reply.json.error.type, 'budget_exceeded');
	assert.equal(reply.json.error.code, 'budget_exceeded');
	// Agents sleep as long as Retry-After says: until midnight is told in a header of its own.
	const midnight = Math.ceil(Date.now() / 86400000) * 86400000;
	if (midnight - Date.now() > 62000) assert.equal(reply.headers['retry-after'], undefined);
	assert.ok(Math.abs(Date.parse(reply.headers['x-sideways-budget-reset']) - midnight) <= 2000, reply.headers['x-sideways-budget-reset']);
	assert.equal(reply.headers['x-should-retry'], 'false');
	assert.doesNotMatch(reply.json.error.message, /rate.?limit/i);
	const budget = reply.json.error.budget;
	assert.equal(budget.scope, 'key');
	assert.equal(Number(budget.limit), 0.00001);
	assert.ok(Number(budget.left) <= 0.00001);
	assert.ok(Date.parse(budget.resets_at) > Date.now());
	assert.equal(up.log.length, 0);
});

test('a key may have its own status for money that is gone, and the record has what was told', async () => {
	const master = { authorization: `Bearer ${MASTER_KEY}` };
	for (const status of [402, 400, 429]) {
		const made = await request(`${gw.base}/key/generate`, { method: 'POST', headers: master, body: { max_budget: 0.000001, budget_duration: '1d', metadata: { budget_status: status } } });
		assert.equal(made.status, 200, made.text);
		const reply = await chat(gw, made.json.key, { model: 'model', max_tokens: 100 });
		assert.equal(reply.status, status, reply.text);
		assert.equal(reply.json.error.type, 'budget_exceeded');
		assert.equal((await gw.record(reply.headers['x-sideways-request-id'])).status, status);
	}
});

test('keys create and update --refusal give it, and take it away again', async () => {
	const key = await gw.key('--alias', 'refused', '--budget', '0.000001/1d', '--refusal', '400');
	const status = async () => (await chat(gw, key, { model: 'model', max_tokens: 100 })).status;
	assert.equal(await status(), 400);
	for (const [word, told] of [['402', 402], ['none', 429]]) {
		assert.equal((await gw.cli('keys', 'update', 'refused', '--refusal', word)).status, 0);
		assert.equal(await status(), told);
	}
	assert.match((await gw.cli('keys', 'update', 'refused', '--refusal', '500')).stderr, /--refusal '500': expected 429, 402, 400 or none/);
});

// The end of a call is written after its answer: a client that asks again at once must not find its own last call still held.
async function oneAfterTheOther(at, key, body) {
	const limits = [];
	for (let i = 0; i < 12; i++) {
		const reply = await chat(at, key, body);
		assert.equal(reply.status, 200, reply.text);
		limits.push(up.log.at(-1).limit);
		assert.ok(Number(reply.headers['x-sideways-budget-left']) > 0.002, `left ${reply.headers['x-sideways-budget-left']} after ${limits}`);
	}
	return limits;
}

test('a client that asks one thing after the other gets what is left, not what its last call held', async () => {
	const limits = await oneAfterTheOther(gw, await gw.key('--budget', '0.003/1d'), { model: 'long' });
	assert.ok(limits[0] > 2500 && Math.min(...limits) > limits[0] * 0.8, `${limits}`);
});

test('with on_low_budget: clamp likewise, instead of a refusal', async () => {
	const clamping = await gateway({ front: 'nginx', server: { workers: 2 }, settings: settings(
		[deployment('long', up.base, { info: { max_output_tokens: 32000 } })], { sideways: { on_low_budget: 'clamp' } }) });
	const limits = await oneAfterTheOther(clamping, await clamping.key('--budget', '0.003/1d'), { model: 'long', max_tokens: 20000 });
	assert.ok(limits[0] > 2500 && Math.min(...limits) > limits[0] * 0.8, `${limits}`);
});

test('the SDK does not repeat a budget refusal', async () => {
	const key = await gw.key('--budget', '0.00001/1d');
	const client = new OpenAI({ apiKey: key, baseURL: `${gw.base}/v1`, maxRetries: 5 });
	await gw.quiet();
	const count = (await gw.requests()).length;
	await assert.rejects(client.chat.completions.create({ model: 'model', messages: [{ role: 'user', content: 'hello' }], max_tokens: 100 }), (error) => {
		assert.ok(error instanceof OpenAI.RateLimitError, error);
		assert.equal(error.code, 'budget_exceeded');
		return true;
	});
	await gw.quiet();
	assert.equal((await gw.requests()).length, count + 1);
});

test('a stream is refused before its head, with the same words', async () => {
	const key = await gw.key('--budget', '0.00001/1d');
	const answer = await stream(gw, key, { model: 'model', max_tokens: 100 }).over;
	assert.equal(answer.status, 429, answer.text);
	assert.equal(JSON.parse(answer.text).error.code, 'budget_exceeded');
	assert.equal(up.log.length, 0);
});

test('fifty at once on a budget for ten: what is held is waited for, and not a nano-dollar more is spent than there is', async () => {
	// The bound of one request is found from the record of one like it; the upstream answers with as much as allowed.
	const rich = await gw.key();
	const body = { model: 'model', max_tokens: 20 };
	const probe = await chat(gw, rich, body);
	await gw.record(probe.headers['x-sideways-request-id']);
	const bound = (await gw.attempts(probe.headers['x-sideways-request-id']))[0].bound_nano;
	assert.ok(bound > 0);
	const key = await gw.key('--budget', `${dollars(bound * 10)}/1d`, '--alias', 'ten');
	up.forget();
	up.always('model', play.ok({ wait_ms: 500 }));
	const replies = await Promise.all(Array.from({ length: 50 }, () => chat(gw, key, body, { fresh: true })));
	const passed = replies.filter((reply) => reply.status === 200).length;
	assert.ok(passed >= 10, `${passed} passed`);
	assert.equal(up.log.length, passed);
	for (const reply of replies) {
		assert.ok([200, 429].includes(reply.status), reply.text);
		if (reply.status === 429) assert.ok(['budget_busy', 'budget_exceeded'].includes(reply.json.error.code), reply.text);
	}
	await gw.free();
	const [{ id }] = await gw.sql("SELECT id FROM virtual_key WHERE alias = 'ten'");
	const window = await gw.window('key', id);
	assert.equal(window.held_nano, 0);
	assert.equal(window.spent_nano, up.cost({ input: 500, output: 1000 }));
	assert.ok(window.spent_nano <= window.limit_nano);
});

test('what is left of the key\'s budget is told with each answer', async () => {
	const key = await gw.key('--budget', '1/1d');
	const first = await chat(gw, key, { model: 'model' });
	await gw.record(first.headers['x-sideways-request-id']); // until then its hold stands, and counts as used
	const second = await chat(gw, key, { model: 'model' });
	const left = (reply) => Math.round(Number(reply.headers['x-sideways-budget-left']) * 1e9);
	assert.equal(Math.round(Number(second.headers['x-litellm-key-max-budget']) * 1e9), 1e9);
	assert.ok(left(first) <= 1e9 && left(first) > 0);
	assert.equal(left(first) - left(second), costOf(second.json.usage));
	assert.equal(Math.round(Number(second.headers['x-litellm-key-spend']) * 1e9), costOf(first.json.usage) + costOf(second.json.usage));
});

test('several periods of one key hold together', async () => {
	const key = await gw.key('--budget', '1/30d', '--budget', '0.00001/1h');
	const reply = await chat(gw, key, { model: 'model', max_tokens: 100 });
	assert.equal(reply.status, 429);
	assert.equal(Number(reply.json.error.budget.limit), 0.00001);
});

test('a deployment over its budget is skipped for the next in the chain', async () => {
	const key = await gw.key();
	let answered;
	for (let i = 0; i < 30 && answered !== 'spare'; i++) {
		answered = (await chat(gw, key, { model: 'capped', max_tokens: 50 })).headers['x-sideways-deployment'];
	}
	assert.equal(answered, 'spare');
	await gw.quiet();
	const window = await gw.window('deployment', 'capped');
	assert.ok(window.spent_nano <= window.limit_nano && window.spent_nano > 0);
});

test('the proxy\'s own budget counts every request', async () => {
	await gw.quiet();
	const window = await gw.window('proxy');
	assert.equal(window.limit_nano, 100e9);
	const [{ n }] = await gw.sql('SELECT sum(cost_nano) AS n FROM attempt');
	assert.equal(window.spent_nano, n);
});

test('another tenant\'s figures are never told', async () => {
	const tight = await upstream();
	const small = await gateway({ settings: settings([deployment('model', tight.base)], { litellm: { max_budget: 0.000011, budget_duration: '1d' } }) });
	const reply = await chat(small, await small.key(), { model: 'model', max_tokens: 100 });
	assert.equal(reply.status, 429, reply.text);
	assert.equal(reply.json.error.budget?.scope, 'proxy');
	assert.ok(!reply.text.includes('0.000011'), reply.text);
});

test('a client that names no limit is held to the model\'s maximum, which goes upstream', async () => {
	const key = await gw.key();
	const reply = await chat(gw, key, { model: 'model' });
	assert.equal(reply.status, 200);
	const sent = up.log.at(-1).body;
	assert.equal(sent.max_tokens ?? sent.max_completion_tokens, 500);
});

test('n multiplies the bound', async () => {
	const key = await gw.key();
	const bound = async (n) => {
		const reply = await chat(gw, key, { model: 'model', max_tokens: 100, n });
		await gw.record(reply.headers['x-sideways-request-id']);
		return (await gw.attempts(reply.headers['x-sideways-request-id']))[0].bound_nano;
	};
	const [one, five] = [await bound(1), await bound(5)];
	assert.ok(five - one >= 4 * 100 * 1000, `${one} and ${five}`);
});

test('absurd limits are refused or held, never wrapped around', async () => {
	const key = await gw.key('--budget', '1/1d');
	for (const body of [{ max_tokens: 9007199254740991 }, { max_tokens: -1 }, { n: 1e9 }, { max_tokens: '5' }, { max_tokens: 1.5 }, { n: 0 }, { max_completion_tokens: 1e300 }]) {
		const reply = await chat(gw, key, { model: 'model', ...body });
		assert.ok([200, 400, 429].includes(reply.status), `${JSON.stringify(body)}: ${reply.status} ${reply.text}`);
	}
	await gw.quiet();
	const audit = await gw.audit();
	assert.ok(audit.clean, audit.text);
});

test('an upstream that bills above the bound is an overrun that is recorded', async () => {
	const key = await gw.key('--budget', '1/1d', '--alias', 'overrun');
	up.next('model', play.ok({ usage: { prompt_tokens: 5000, completion_tokens: 8, total_tokens: 5008 } }));
	const reply = await chat(gw, key, { model: 'model', max_tokens: 10 });
	assert.equal(reply.status, 200);
	await gw.quiet();
	const [{ id }] = await gw.sql("SELECT id FROM virtual_key WHERE alias = 'overrun'");
	const window = await gw.window('key', id);
	assert.equal(window.spent_nano, 5000 * 500 + 8 * 1000);
	assert.ok(window.overrun_nano > 0);
	assert.ok((await gw.audit()).clean);
});
