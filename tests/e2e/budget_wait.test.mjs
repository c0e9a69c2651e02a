// Money that running calls hold is waited for: a refusal means that it is spent.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { chat, request, bearer } from './lib/client.mjs';
import { until } from './lib/sandbox.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { gateway, upstream } from './lib/story.mjs';
import { play } from './lib/upstream.mjs';

let up, gw;
const dollars = (nano) => (nano / 1e9).toFixed(9);

before(async () => {
	up = await upstream();
	gw = await gateway({ front: 'nginx', server: { slots: 4 }, settings: settings([
		deployment('model', up.base),
		deployment('sonnet', up.base, { params: { input_cost_per_token: 0.000003, output_cost_per_token: 0.000015 }, info: { max_input_tokens: 1000000, max_output_tokens: 64000 } }),
	]) });
});

beforeEach(() => { up.forget(); up.always('model', play.ok({ wait_ms: 300 })); up.always('sonnet', play.ok({ wait_ms: 300 })); });

// What one call of this body may cost, from the record of one like it.
async function boundOf(body) {
	const reply = await chat(gw, await gw.key(), body);
	await gw.record(reply.headers['x-sideways-request-id']);
	return (await gw.attempts(reply.headers['x-sideways-request-id']))[0].bound_nano;
}

async function windowOf(alias) {
	const [{ id }] = await gw.sql(`SELECT id FROM virtual_key WHERE alias = '${alias}'`);
	return gw.window('key', id);
}

async function clean() {
	await gw.quiet();
	const audit = await gw.audit();
	assert.ok(audit.clean, audit.text);
}

async function atATime(count, width, ask) {
	const replies = [];
	let next = 0;
	await Promise.all(Array.from({ length: width }, async () => { while (next++ < count) replies.push(await ask()); }));
	return replies;
}

test('sixteen calls of a coding agent, eight at a time, on five dollars a day: sixteen answers', async () => {
	const key = await gw.key('--budget', '5/1d', '--alias', 'agent');
	const code = 'for (let i = 0; i < n; i++) total += prices[i] * counts[i];\n'.repeat(4500); // 270 KB
	const replies = await atATime(16, 8, () => chat(gw, key, { model: 'sonnet', max_tokens: 32000, messages: [{ role: 'user', content: code }] }, { fresh: true }));
	assert.deepEqual(replies.map((reply) => reply.status), Array(16).fill(200), replies.find((reply) => reply.status !== 200)?.text);
	await clean();
	assert.ok((await windowOf('agent')).spent_nano < 5e9);
});

test('sixty-four clients on a budget for three: each is served or told busy, and spend is exact', async () => {
	const body = { model: 'model', max_tokens: 400 };
	const bound = await boundOf(body);
	up.forget();
	up.always('model', play.ok({ wait_ms: 100, usage: { prompt_tokens: 2, completion_tokens: 1, total_tokens: 3 } }));
	const key = await gw.key('--budget', `${dollars(bound * 3 + 1000)}/1d`, '--alias', 'three');
	const replies = await Promise.all(Array.from({ length: 64 }, () => chat(gw, key, body, { fresh: true })));
	const told = replies.map((reply) => (reply.status === 200 ? 'served' : reply.json.error.code));
	assert.ok(told.filter((one) => one === 'served').length >= 20, `${told}`);
	for (const [i, one] of told.entries()) assert.ok(['served', 'budget_busy', 'budget_exceeded'].includes(one), replies[i].text);
	for (const reply of replies.filter((one) => one.json?.error?.code === 'budget_busy')) {
		assert.equal(reply.headers['x-should-retry'], undefined);
		assert.ok(Number(reply.headers['retry-after']) >= 1 && Number(reply.headers['retry-after']) <= 10, reply.headers['retry-after']);
		assert.match(reply.json.error.message, /is spent, and \$[\d.]+ is set aside for \d+ running call/);
	}
	await clean();
	const window = await windowOf('three');
	assert.equal(window.spent_nano, told.filter((one) => one === 'served').length * (2 * 500 + 1 * 1000));
	assert.ok(window.spent_nano <= window.limit_nano);
});

test('one large request does not stop small ones of other keys, and is served after five seconds', async () => {
	const wide = await upstream();
	const usage = { prompt_tokens: 2, completion_tokens: 1, total_tokens: 3 };
	wide.always('small', play.ok({ wait_ms: 2000, usage }));
	wide.always('large', play.ok({ usage }));
	const small = { model: 'small', max_tokens: 100 };
	const bound = await boundOf({ ...small, model: 'model' });
	const shared = await gateway({ front: 'nginx', server: { slots: 2 }, settings: settings([deployment('small', wide.base), deployment('large', wide.base)],
		{ litellm: { max_budget: Number(dollars(bound * 8)), budget_duration: '30d' }, sideways: { budget_wait: 20 } }) });
	const [one, other] = [await shared.key(), await shared.key()];
	// The next small one begins long before the last has ended: some of the money is always held, so the large one never just fits.
	const waits = [];
	let large;
	const smalls = [];
	const ask = async () => {
		const began = Date.now();
		const reply = await chat(shared, other, small, { fresh: true });
		assert.equal(reply.status, 200, reply.text);
		waits.push([began, Date.now() - began]);
	};
	for (let i = 0; i < 2; i++) smalls.push(ask());
	await until(() => wide.of('small').length === 2, { what: () => 'two running calls' });
	const began = Date.now();
	let took = 0;
	chat(shared, one, { model: 'large', max_tokens: 500, messages: [{ role: 'user', content: 'x'.repeat(Math.floor((bound * 7.5 - 500 * 1000) / 500) - 600) }] }, { fresh: true })
		.then((reply) => { took = Date.now() - began; large = reply; });
	while (!large && smalls.length < 40) { smalls.push(ask()); await sleep(500); }
	await Promise.all(smalls);
	assert.equal(large?.status, 200, large?.text);
	assert.ok(took > 4000, `the large one took ${took} ms: it did not wait`);
	const early = waits.filter(([at]) => at >= began && at < began + 2500).map(([, ms]) => ms - 2000).sort((a, b) => a - b);
	assert.ok(early.length > 1 && early[early.length >> 1] < 2000, `small ones waited ${early} ms`);
});

test('a worker that is killed with those who wait: the others get their turn', async () => {
	const body = { model: 'model', max_tokens: 400 };
	const bound = await boundOf(body);
	up.forget();
	up.always('model', play.ok({ wait_ms: 1500 }));
	const key = await gw.key('--budget', `${dollars(bound + 100000)}/1d`, '--alias', 'killed');
	const replies = Array.from({ length: 8 }, () => chat(gw, key, body, { fresh: true }).catch(() => ({ status: 0 })));
	await until(() => up.log.length === 1, { what: () => 'the first call' });
	// Not the worker that makes the call: what that one had sent is charged in full, and nothing is left for the others.
	const [{ owner }] = await gw.sql("SELECT owner FROM hold WHERE key_id = (SELECT id FROM virtual_key WHERE alias = 'killed')");
	const parent = fs.readFileSync(`/proc/${owner.split('|').at(-2)}/stat`, 'utf8').split(') ')[1].split(' ')[1];
	await gw.replace(['slot-0', 'slot-1'].find((name) => String(gw.child(name).pid) !== parent));
	const told = (await Promise.all(replies)).map((reply) => reply.status);
	assert.ok(told.includes(200), `${told}`);
	await gw.free(45000);
	assert.ok((await gw.audit()).clean);
	assert.equal((await windowOf('killed')).held_nano, 0);
});

test('a client that leaves while it waits is in nobody\'s way, and nothing is called for it', async () => {
	const body = { model: 'model', max_tokens: 400 };
	const bound = await boundOf(body);
	up.forget();
	up.always('model', play.ok({ wait_ms: 1000 }));
	const key = await gw.key('--budget', `${dollars(bound + 200000)}/1d`, '--alias', 'left');
	const first = chat(gw, key, body, { fresh: true });
	await until(() => up.log.length === 1, { ms: 3000, what: () => 'the first call' });
	const left = Array.from({ length: 3 }, () => request(`${gw.base}/v1/chat/completions`, { method: 'POST', headers: bearer(key),
		body: { messages: [{ role: 'user', content: 'Say hello' }], stream: true, ...body }, timeout: 300, fresh: true }).catch((error) => error));
	await Promise.all(left);
	assert.equal((await first).status, 200);
	assert.equal((await chat(gw, key, body)).status, 200);
	await clean();
	assert.equal(up.log.length, 2);
	const [{ n }] = await gw.sql("SELECT count(*) AS n FROM request WHERE outcome = 'client_gone'");
	assert.equal(n, 3);
});
