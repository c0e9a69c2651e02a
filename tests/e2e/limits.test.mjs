// Limits a minute and at a time: over several processes, under CGI, and as the SDK sees them.
import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import OpenAI from 'openai';
import { chat, stream } from './lib/client.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { until } from './lib/sandbox.mjs';
import { gateway, upstream } from './lib/story.mjs';
import { play } from './lib/upstream.mjs';

let up, gw;

before(async () => {
	up = await upstream();
	gw = await gateway({ front: 'nginx', server: { slots: 3 }, settings: settings([
		deployment('model', up.base),
		deployment('narrow', up.base, { params: { rpm: 3 } }),
		deployment('single', up.base, { params: { max_parallel_requests: 1 } }),
		deployment('spare', up.base),
	], { router: { fallbacks: [{ narrow: ['spare'] }] } }) });
});

beforeEach(() => up.forget());

const ask = (key, more = {}) => chat(gw, key, { model: 'model', max_tokens: 20, ...more });

test('requests a minute: many at once, over three processes, never pass the limit', async () => {
	const key = await gw.key('--rpm', '20');
	const replies = await Promise.all(Array.from({ length: 60 }, () => ask(key)));
	const good = replies.filter((reply) => reply.status === 200);
	assert.equal(good.length, 20);
	assert.equal(up.log.length, 20);
	for (const reply of replies.filter((each) => each.status !== 200)) {
		assert.equal(reply.status, 429, reply.text);
		assert.equal(reply.json.error.code, 'rate_limit_exceeded');
		assert.ok(Number(reply.headers['retry-after']) >= 50 && Number(reply.headers['retry-after']) <= 62, reply.headers['retry-after']);
		assert.equal(reply.headers['x-ratelimit-limit-requests'], '20');
		assert.equal(reply.headers['x-ratelimit-remaining-requests'], '0');
		assert.match(reply.headers['x-ratelimit-reset-requests'], /^(\d+m)?\d+s$/);
	}
	const left = good.map((reply) => Number(reply.headers['x-ratelimit-remaining-requests']));
	assert.equal(Math.min(...left), 0);
});

test('tokens a minute are reserved, and settled to the real ones', async () => {
	const key = await gw.key('--tpm', '2000');
	for (let i = 0; i < 4; i++) {
		const reply = await ask(key, { max_tokens: 400 });
		assert.equal(reply.status, 200, reply.text);
		assert.equal(reply.headers['x-ratelimit-limit-tokens'], '2000');
	}
	await gw.quiet();
	const [{ tokens }] = await gw.sql(`SELECT sum(tokens) AS tokens FROM rate_second WHERE scope = 'key' AND scope_id =
		(SELECT id FROM virtual_key WHERE tpm_limit = 2000)`);
	assert.equal(tokens, up.log.reduce((sum, entry) => sum + entry.promptTokens + entry.sentTokens, 0));
	const refused = await ask(key, { max_tokens: 450, n: 10 });
	assert.equal(refused.status, 429);
	assert.match(refused.json.error.message, /smaller max_tokens/);
	assert.equal(up.log.length, 4);
});

test('calls at a time: a slot is free when its stream has ended', async () => {
	const key = await gw.key('--parallel', '2');
	up.always('model', play.slow(20, 50));
	const first = stream(gw, key, { model: 'model' }), second = stream(gw, key, { model: 'model' });
	await until(() => first.events.length > 0 && second.events.length > 0);
	const refused = await ask(key);
	assert.equal(refused.status, 429);
	assert.match(refused.json.error.message, /calls at a time/);
	await Promise.all([first.over, second.over]);
	assert.ok(first.done && second.done);
	await gw.quiet();
	up.always('model', play.ok());
	assert.equal((await ask(key)).status, 200);
	assert.ok(up.most <= 2);
});

test('the slots of a killed worker are free again', async () => {
	const key = await gw.key('--parallel', '1');
	up.next('model', play.slow(200, 50));
	const held = stream(gw, key, { model: 'model' });
	await until(() => held.events.length > 0);
	assert.equal((await ask(key)).status, 429);
	for (const slot of ['slot-0', 'slot-1', 'slot-2']) await gw.replace(slot); // a worker that starts recovers
	await held.over;
	await until(() => gw.answers(), { ms: 15000 });
	await until(async () => (await ask(key)).status === 200, { ms: 10000, what: () => 'the slot' });
});

test('a team is limited over all its keys', async () => {
	const one = await gw.key('--team', 'crew'), two = await gw.key('--team', 'crew');
	await gw.sql("UPDATE team SET rpm_limit = 3 WHERE id = 'crew'");
	const replies = [];
	for (const key of [one, two, one, two, one]) replies.push((await ask(key)).status);
	assert.deepEqual(replies, [200, 200, 200, 429, 429]);
});

test('a deployment at its limit is passed by, and no client hears of its figures', async () => {
	const key = await gw.key();
	const replies = [];
	for (let i = 0; i < 5; i++) replies.push(await ask(key, { model: 'narrow' }));
	assert.deepEqual(replies.map((reply) => reply.headers['x-sideways-model-group']), ['narrow', 'narrow', 'narrow', 'spare', 'spare']);
	assert.ok(replies.every((reply) => reply.headers['x-ratelimit-limit-requests'] === undefined));
	const skipped = (await gw.attempts(replies[4].headers['x-sideways-request-id'])).find((row) => row.state === 'skipped');
	assert.equal(skipped.outcome, 'limit of 3 requests a minute');
});

test('the SDK waits as long as it is told, and then has its answer', { timeout: 90000 }, async () => {
	const key = await gw.key('--parallel', '1');
	up.next('model', play.slow(10, 60));
	const held = stream(gw, key, { model: 'model' });
	await until(() => held.events.length > 0);
	const client = new OpenAI({ apiKey: key, baseURL: `${gw.base}/v1`, maxRetries: 3 });
	const answer = await client.chat.completions.create({ model: 'model', messages: [{ role: 'user', content: 'hi' }], max_tokens: 5 });
	assert.ok(answer.choices[0].message.content);
	await held.over;
});

test('a limit that is changed or lifted holds at once', async () => {
	const key = await gw.key('--alias', 'changing', '--rpm', '0');
	const shut = await ask(key);
	assert.deepEqual([shut.status, shut.headers['x-should-retry'], shut.headers['retry-after']], [429, 'false', undefined]);
	assert.match(shut.json.error.message, /the limit of this key is 0 requests a minute/);
	assert.equal((await gw.cli('keys', 'update', 'changing', '--rpm', '1')).status, 0);
	assert.equal((await ask(key)).status, 200);
	assert.equal((await ask(key)).status, 429);
	assert.equal((await gw.cli('keys', 'update', 'changing', '--rpm', 'none', '--tpm', '100000')).status, 0);
	assert.equal((await ask(key)).status, 200);
	const shown = await gw.cli('keys', 'show', 'changing', '--json');
	const json = JSON.parse(shown.stdout);
	assert.deepEqual([json.rpm_limit, json.tpm_limit, json.max_parallel_requests], [null, 100000, null]);
	assert.equal((await gw.cli('keys', 'update', 'changing', '--rpm', 'many')).status, 2);
});

test('the same limits hold when each request is a CGI process of its own', async () => {
	const cgi = await gateway({ front: 'cgi', settings: settings([deployment('model', up.base)]) });
	const key = await cgi.key('--rpm', '5');
	const replies = await Promise.all(Array.from({ length: 12 }, () => chat(cgi, key, { model: 'model', max_tokens: 5 })));
	assert.equal(replies.filter((reply) => reply.status === 200).length, 5);
	assert.equal(replies.filter((reply) => reply.status === 429).length, 7);
	assert.ok((await cgi.audit()).clean);
});

test('the books are clean after all this', async () => {
	await gw.quiet();
	const [{ open }] = await gw.sql('SELECT coalesce(sum(open), 0) AS open FROM rate_gauge');
	assert.equal(open, 0);
	const audit = await gw.audit();
	assert.ok(audit.clean, audit.text);
});
