// The response cache: what is answered again, for whom, how it is seen, and that nothing depends on it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { before, beforeEach, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { bearer, chat, request, stream } from './lib/client.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { MASTER_KEY, freePort, sleep, until } from './lib/sandbox.mjs';
import { gateway, upstream } from './lib/story.mjs';
import { play } from './lib/upstream.mjs';

let up, gw, key, other;
let count = 0;

const withCache = (params = {}) => settings([deployment('model', up.base)], { litellm: { cache: true, cache_params: params }, router: { disable_cooldowns: true } });

before(async () => {
	up = await upstream();
	gw = await gateway({ front: 'fastcgi', settings: withCache() });
	key = await gw.key('--alias', 'asker');
	other = await gw.key('--alias', 'other');
});

beforeEach(() => up.forget());

// A question that nobody has asked before.
const fresh = () => ({ model: 'model', max_tokens: 20, temperature: 0, messages: [{ role: 'user', content: `question ${++count}` }] });
const ask = (body, who = key, options = {}) => chat(options.gw ?? gw, who, body, options);
const seen = (reply) => reply.headers['x-sideways-cache'];
const kept = (at = gw) => at.sql('SELECT count(*) AS n FROM cached_answer').then((rows) => rows[0].n);
// Answers are kept after they were sent; that another one is meanwhile says nothing.
async function isKept(reply, at = gw) {
	const id = reply.headers['x-sideways-request-id'];
	await until(async () => (await at.sql(`SELECT 1 FROM cached_answer WHERE request_id = '${id}'`)).length > 0, { what: () => 'the answer to be kept' });
	return reply;
}
const keptNow = async (body, who = key, options = {}) => isKept(await ask(body, who, options), options.gw);

test('the same request again is answered by the same bytes, and nothing is called or charged', async () => {
	const body = fresh();
	const first = await keptNow(body), second = await ask(body);
	assert.equal(first.status, 200, first.text);
	assert.equal(seen(first), 'miss');
	assert.equal(seen(second), 'hit');
	assert.equal(second.text, first.text);
	assert.equal(up.log.length, 1);
	assert.match(second.headers['x-litellm-cache-key'], /^[0-9a-f]{64}$/);
	assert.equal(second.headers['x-sideways-cost'], '0');
	assert.equal(second.headers['x-sideways-not-spent'], first.headers['x-sideways-cost']);
	assert.equal(second.headers['x-sideways-original-request-id'], first.headers['x-sideways-request-id']);
	assert.equal(second.headers['x-sideways-deployment'], 'model');
	const record = await gw.record(second.headers['x-sideways-request-id']);
	assert.equal(record.outcome, 'ok');
	assert.equal(record.cost_nano, 0);
	assert.equal(record.attempts, 0);
	assert.ok(record.cache_saved_nano > 0);
	const [attempts] = await gw.sql(`SELECT count(*) AS n FROM attempt WHERE request_id = '${second.headers['x-sideways-request-id']}'`);
	assert.equal(attempts.n, 0);
	const [sums] = await gw.sql('SELECT sum(cache_hits) AS hits, sum(cache_saved_nano) AS saved, sum(failures) AS failures FROM request_hour');
	assert.deepEqual({ ...sums }, { hits: 1, saved: record.cache_saved_nano, failures: 0 });
});

test('a stream is sent again as a stream, and whole and streamed are apart', async () => {
	const body = fresh();
	up.next('model', play.slow(6, 5));
	const first = await isKept(await stream(gw, key, body).over);
	const second = await stream(gw, key, body).over;
	assert.ok(first.done && second.done);
	assert.match(second.headers['content-type'], /^text\/event-stream/);
	assert.equal(second.headers['x-sideways-cache'], 'hit');
	assert.equal(second.text, first.text);
	assert.equal(seen(await keptNow(body)), 'miss');
	assert.equal(up.log.length, 2);
});

test('keys have their own answers', async () => {
	const body = fresh();
	await keptNow(body);
	assert.equal(seen(await keptNow(body, other)), 'miss');
	assert.equal(seen(await ask(body)), 'hit');
});

test('only what a model would answer the same way again', async () => {
	const body = { ...fresh(), temperature: 0.7 };
	for (let i = 0; i < 2; i++) assert.equal(seen(await ask(body)), undefined);
	const asked = { ...body, cache: { 'use-cache': true } };
	await keptNow(asked);
	assert.equal(seen(await ask(asked)), 'hit');
	assert.equal(up.log.length, 3);
	assert.ok(!JSON.stringify(up.log.map((call) => call.body)).includes('use-cache'), 'the member is the gateway\'s own');
});

test('failures, cut streams and clients that left are not kept', async () => {
	const rows = await kept();
	const body = fresh();
	up.next('model', play.status(400, { error: { message: 'no', type: 'invalid_request_error', param: null, code: null } }));
	assert.equal((await ask(body)).status, 400);
	const cut = fresh();
	up.next('model', play.truncateAfter(3));
	await stream(gw, key, cut).over;
	const left = fresh();
	up.next('model', play.slow(40, 50));
	const going = stream(gw, key, left);
	await until(() => going.events.length > 2);
	going.leave();
	await sleep(400);
	assert.equal(await kept(), rows);
	assert.equal(seen(await ask(body)), 'miss');
});

test('what a client may say of one request', async () => {
	const body = fresh();
	assert.equal(seen(await ask({ ...body, cache: { 'no-store': true } })), 'miss');
	await sleep(100);
	assert.equal(seen(await keptNow(body)), 'miss');
	assert.equal(seen(await ask({ ...body, cache: { 'no-cache': true } })), 'miss');
	assert.equal(seen(await ask(body, key, { headers: { 'cache-control': 'no-cache' } })), 'miss');
	assert.equal(seen(await ask({ ...body, cache: { namespace: 'mine' } })), 'miss');
	assert.equal(seen(await ask(body)), 'hit');
	await sleep(1100);
	assert.equal(seen(await ask({ ...body, cache: { 's-maxage': 1 } })), 'miss');
	const wrong = await ask({ ...body, cache: { ttl: 'long' } });
	assert.equal(wrong.status, 400);
	assert.match(wrong.json.error.message, /cache\.ttl/);
});

test('its time ends', async () => {
	const body = { ...fresh(), cache: { ttl: 1 } };
	await keptNow(body);
	assert.equal(seen(await ask(body)), 'hit');
	await sleep(1100);
	assert.equal(seen(await ask(body)), 'miss');
});

test('a key without money gets hits; a blocked one, and one that may not use the model, do not', async () => {
	const body = fresh();
	const poor = await gw.key('--budget', '0.0005/1d', '--alias', 'poor');
	await keptNow(body, poor);
	await gw.cli('keys', 'update', 'poor', '--budget', '0.0000001/1d');
	assert.equal((await ask(fresh(), poor)).status, 429);
	assert.equal(seen(await ask(body, poor)), 'hit');
	await gw.cli('keys', 'update', 'poor', '--models', 'something-else', '--force');
	assert.equal((await ask(body, poor)).status, 404);
	await gw.cli('keys', 'block', 'poor');
	assert.equal((await ask(body, poor)).status, 401);
});

test('hits count for the requests a minute, and one too many is refused and recorded', async () => {
	const limited = await gw.key('--alias', 'limited', '--rpm', '3');
	const body = fresh();
	await keptNow(body, limited);
	for (let i = 0; i < 2; i++) assert.equal(seen(await ask(body, limited)), 'hit');
	const refused = await ask(body, limited);
	assert.equal(refused.status, 429, refused.text);
	assert.ok(Number(refused.headers['retry-after']) > 0);
	assert.equal((await gw.record(refused.headers['x-sideways-request-id'])).outcome, 'rate');
	assert.deepEqual((await gw.sql('SELECT count(*) AS n FROM rate_taken')).map((row) => row.n), [0]);
	assert.equal(up.log.length, 1);
});

test('what a stand-in answered is not kept', async () => {
	const at = await gateway({ front: 'fastcgi', settings: settings([deployment('model', up.base), deployment('second', up.base)],
		{ litellm: { cache: true, fallbacks: [{ model: ['second'] }], num_retries: 0 }, router: { disable_cooldowns: true } }) });
	const who = await at.key('--alias', 'mover');
	const body = fresh();
	up.next('model', play.status(500, { error: { message: 'down' } }));
	const moved = await ask(body, who, { gw: at });
	assert.equal(moved.headers['x-sideways-fallbacks'], '1', moved.text);
	const own = await ask(body, who, { gw: at });
	assert.equal(seen(own), 'miss');
	assert.equal(own.headers['x-sideways-model-group'], 'model');
	await until(async () => await kept(at) === 1);
	assert.equal(seen(await ask(body, who, { gw: at })), 'hit');
});

test('embeddings are kept without being asked for', async (t) => {
	let calls = 0;
	const server = createServer((incoming, outgoing) => incoming.resume().on('end', () => outgoing.setHeader('content-type', 'application/json').end(
		JSON.stringify({ object: 'list', model: 'vector', data: [{ object: 'embedding', index: 0, embedding: [++calls, 0.5] }], usage: { prompt_tokens: 3, total_tokens: 3 } }))));
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	t.after(() => server.close());
	const at = await gateway({ front: 'fastcgi',
		settings: settings([deployment('vector', `http://127.0.0.1:${server.address().port}/v1`)], { litellm: { cache: true } }) });
	const who = await at.key('--alias', 'vectors');
	const embed = (input) => request(`${at.base}/v1/embeddings`, { method: 'POST', headers: bearer(who), body: { model: 'vector', input } });
	const first = await embed('a');
	assert.equal(first.status, 200, first.text);
	await until(async () => await kept(at) === 1);
	const second = await embed('a');
	assert.equal(seen(second), 'hit');
	assert.equal(second.text, first.text);
	assert.equal(seen(await embed('b')), 'miss');
	assert.equal(calls, 2);
});

test('every client format, by its SDK', async () => {
	const openai = new OpenAI({ apiKey: key, baseURL: `${gw.base}/v1`, maxRetries: 0 });
	const anthropic = new Anthropic({ apiKey: key, baseURL: gw.base, maxRetries: 0 });
	const question = () => `question ${++count}`;
	const [one, two, three, four] = [question(), question(), question(), question()];
	const calls = [
		() => openai.chat.completions.create({ model: 'model', temperature: 0, max_tokens: 9, messages: [{ role: 'user', content: one }] }),
		() => openai.responses.create({ model: 'model', temperature: 0, max_output_tokens: 20, input: two }),
		() => anthropic.messages.create({ model: 'model', temperature: 0, max_tokens: 9, messages: [{ role: 'user', content: three }] }),
		() => request(`${gw.base}/v1beta/models/model:generateContent`, { method: 'POST', headers: { 'x-goog-api-key': key },
			body: { contents: [{ role: 'user', parts: [{ text: four }] }], generationConfig: { temperature: 0, maxOutputTokens: 9 } } }).then((reply) => reply.json),
		() => request(`${gw.base}/v1beta/models/model:streamGenerateContent`, { method: 'POST', headers: { 'x-goog-api-key': key },
			body: { contents: [{ role: 'user', parts: [{ text: four }] }], generationConfig: { temperature: 0, maxOutputTokens: 9 } } }).then((reply) => reply.json),
	];
	for (const call of calls) {
		const before = up.log.length, rows = await kept();
		const first = JSON.stringify(await call());
		await until(async () => await kept() > rows);
		assert.equal(JSON.stringify(await call()), first);
		assert.equal(up.log.length, before + 1);
	}
});

test('log and metrics show the hits', async () => {
	await gw.quiet();
	const logs = await request(`${gw.base}/logs?limit=100`, { headers: bearer(MASTER_KEY) });
	assert.ok(logs.json.some((row) => row.cache_hit === 'True' && row.spend === 0), logs.text.slice(0, 500));
	assert.ok(logs.json.some((row) => row.cache_hit === 'False'));
	const [asked] = await gw.sql('SELECT count(*) AS n FROM request WHERE cache_saved_nano IS NOT NULL');
	const text = (await request(`${gw.base}/metrics`, { headers: bearer(MASTER_KEY) })).text;
	assert.equal(Number(/^litellm_cache_hits_metric_total\{model="model"\} (\d+)$/m.exec(text)?.[1]), asked.n);
	assert.match(text, /^litellm_cache_misses_metric_total\{model="model"\} [1-9]/m);
	assert.match(text, /^sideways_cache_not_spent_dollars_total\{model="model"\} 0\.0*[1-9]/m);
});

test('CGI has it too, and a shared cache serves all keys', async () => {
	const cgi = await gateway({ front: 'cgi', settings: withCache({ shared: true, type: 'local' }) });
	const [first, second] = [await cgi.key('--alias', 'first'), await cgi.key('--alias', 'second')];
	const body = fresh();
	assert.equal(seen(await ask(body, first, { gw: cgi })), 'miss');
	await until(async () => await kept(cgi) === 1);
	assert.equal(seen(await ask(body, second, { gw: cgi })), 'hit');
});

async function startRedis(port, dir) {
	const redis = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', dir,
		'--requirepass', 'CANARY-redis-password'], { stdio: 'ignore' });
	await new Promise((resolve, reject) => { redis.once('spawn', resolve); redis.once('error', reject); });
	const stop = async () => {
		const gone = new Promise((resolve) => (redis.exitCode === null && redis.signalCode === null ? redis.once('exit', resolve) : resolve()));
		redis.kill('SIGTERM');
		await gone;
	};
	return { stop };
}

test('Redis keeps answers; when it goes away requests go on, and an alert says so', async (t) => {
	const port = await freePort();
	const at = await gateway({ front: 'nginx', server: { slots: 2 }, settings: withCache({ type: 'redis', host: '127.0.0.1', port, password: 'CANARY-redis-password' }) });
	const who = await at.key('--alias', 'redis-user');
	const redis = await startRedis(port, at.dir);
	t.after(() => redis.stop());
	const body = fresh();
	await until(async () => seen(await ask(body, who, { gw: at })) === 'hit', { ms: 15000, what: () => 'a hit from Redis' });
	const text = (await ask(body, who, { gw: at })).text;
	const streamed = fresh();
	const first = await stream(at, who, streamed).over;
	await until(async () => {
		const again = await stream(at, who, streamed).over;
		return again.headers['x-sideways-cache'] === 'hit' && again.text === first.text;
	});
	assert.equal(await kept(at), 0, 'nothing of it is in the database');
	const ping = () => request(`${at.base}/cache/ping`, { headers: bearer(MASTER_KEY) });
	await until(async () => (await ping()).json.status === 'healthy'); // the other process may still think that Redis is away
	await redis.stop();
	await until(async () => /Redis does not answer/.test((await ping()).json.error?.message));
	const started = Date.now();
	const without = await ask(body, who, { gw: at });
	assert.equal(without.status, 200, without.text);
	assert.equal(seen(without), 'miss');
	assert.notEqual(without.text, text);
	assert.ok(Date.now() - started < 15000);
	await until(async () => (await at.sql('SELECT times FROM metric_cache_away'))[0].times > 0);
	assert.match(at.output(Infinity), /Redis: .*requests go on without the cache/);
});
