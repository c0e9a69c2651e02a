// Idempotency-Key: a retry gets the same answer and is charged once, whatever happened to the first request.
import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import OpenAI from 'openai';
import { chat, stream } from './lib/client.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { sleep, until } from './lib/sandbox.mjs';
import { gateway, upstream } from './lib/story.mjs';
import { play } from './lib/upstream.mjs';

let up, gw, key;
let count = 0;

before(async () => {
	up = await upstream();
	gw = await gateway({ front: 'nginx', server: { slots: 2 }, settings: settings([deployment('model', up.base)], { router: { disable_cooldowns: true } }) });
	key = await gw.key('--alias', 'retrier');
});

beforeEach(() => up.forget());

const fresh = () => `retry-${++count}`;
const ask = (token, more = {}, options = {}) => chat(gw, options.key ?? key, { model: 'model', max_tokens: 20, ...more },
	{ ...options, headers: { 'idempotency-key': token, ...options.headers } });
const charged = async (id) => (await gw.sql(`SELECT coalesce(sum(cost_nano), 0) AS cost, count(*) AS n FROM attempt WHERE request_id = '${id}'`))[0];

test('a retry gets the same bytes, and nothing is called or charged', async () => {
	const token = fresh();
	const first = await ask(token), second = await ask(token);
	assert.equal(first.status, 200, first.text);
	assert.equal(second.status, 200, second.text);
	assert.equal(second.text, first.text);
	assert.equal(first.headers['idempotent-replayed'], undefined);
	assert.equal(second.headers['idempotent-replayed'], 'true');
	assert.equal(second.headers['x-sideways-original-request-id'], first.headers['x-sideways-request-id']);
	assert.equal(up.log.length, 1);
	const record = await gw.record(second.headers['x-sideways-request-id']);
	assert.equal(record.outcome, 'replayed');
	assert.equal(record.cost_nano, 0);
	assert.equal((await charged(second.headers['x-sideways-request-id'])).n, 0);
});

test('a streamed answer is replayed as a stream', async () => {
	const token = fresh();
	up.next('model', play.slow(8, 10));
	const first = await stream(gw, key, { model: 'model' }, { headers: { 'idempotency-key': token } }).over;
	const second = await stream(gw, key, { model: 'model' }, { headers: { 'idempotency-key': token } }).over;
	assert.ok(first.done && second.done);
	assert.match(second.headers['content-type'], /^text\/event-stream/);
	assert.equal(second.text, first.text);
	assert.equal(up.log.length, 1);
});

test('the SDK gets a replay like any answer, whole and streamed', async () => {
	const client = new OpenAI({ apiKey: key, baseURL: `${gw.base}/v1`, maxRetries: 0 });
	const body = { model: 'model', messages: [{ role: 'user', content: 'Say hello' }], max_tokens: 10 };
	const options = { headers: { 'Idempotency-Key': fresh() } };
	const one = await client.chat.completions.create(body, options), two = await client.chat.completions.create(body, options);
	assert.deepEqual(JSON.parse(JSON.stringify(two)), JSON.parse(JSON.stringify(one)));
	const streamed = { headers: { 'Idempotency-Key': fresh() } };
	const read = async () => {
		let text = '';
		for await (const chunk of await client.chat.completions.create({ ...body, stream: true }, streamed)) text += chunk.choices[0]?.delta?.content ?? '';
		return text;
	};
	assert.equal(await read(), await read());
	assert.equal(up.log.length, 2);
});

test('twenty at the same time make one call and all have its answer', async () => {
	const token = fresh();
	up.next('model', play.ok({ wait_ms: 400 }));
	const replies = await Promise.all(Array.from({ length: 20 }, () => ask(token)));
	assert.ok(replies.every((reply) => reply.status === 200), replies.map((reply) => reply.status).join());
	assert.equal(new Set(replies.map((reply) => reply.text)).size, 1);
	assert.equal(up.log.length, 1);
});

test('another body under the same key is refused with 422', async () => {
	const token = fresh();
	await ask(token);
	const other = await ask(token, { max_tokens: 21 });
	assert.equal(other.status, 422, other.text);
	assert.equal(other.json.error.code, 'idempotency_key_reused');
	assert.equal(up.log.length, 1);
});

test("a key is its owner's: another client's same key is another request", async () => {
	const token = fresh(), other = await gw.key();
	await ask(token);
	const reply = await ask(token, {}, { key: other });
	assert.equal(reply.status, 200);
	assert.equal(reply.headers['idempotent-replayed'], undefined);
	assert.equal(up.log.length, 2);
	assert.equal((await ask(token, {}, { key: 'sk-nobody' })).status, 401);
});

test('a failure that cost nothing is tried again; one that was charged is not', async () => {
	const token = fresh();
	up.next('model', play.status(500));
	assert.equal((await ask(token)).status, 500);
	assert.equal((await ask(token)).status, 200);
	assert.equal(up.log.length, 2);
	const costly = fresh();
	up.next('model', play.truncatedJson());
	const first = await ask(costly);
	assert.ok(first.status >= 500, first.text);
	const again = await ask(costly);
	assert.equal(again.status, first.status);
	assert.equal(again.text, first.text);
	assert.equal(again.headers['x-should-retry'], 'false');
	assert.equal(up.log.length, 3);
});

test('a client that leaves in the middle finds the whole answer when it comes back', async () => {
	const token = fresh();
	up.next('model', play.slow(30, 30));
	const left = stream(gw, key, { model: 'model' }, { headers: { 'idempotency-key': token } });
	await until(() => left.events.length >= 3);
	left.leave();
	await left.over;
	const back = await stream(gw, key, { model: 'model' }, { headers: { 'idempotency-key': token } }).over;
	assert.equal(back.status, 200, back.text);
	assert.ok(back.done, 'the stream ends as it should');
	assert.match(back.text, /word29/);
	assert.equal(up.log.length, 1);
	await gw.quiet();
	const [{ cost }] = await gw.sql(`SELECT cost_nano AS cost FROM attempt WHERE request_id = '${back.headers['x-sideways-original-request-id']}'`);
	assert.equal(cost, up.cost({ input: 500, output: 1000 }));
});

test('a worker killed in the middle of a call: the retry is told, charged once, and does not hang', async () => {
	const token = fresh();
	up.always('model', play.hang());
	const first = ask(token).catch((error) => ({ status: 0, error }));
	await until(() => up.log.length === 1);
	for (const slot of ['slot-0', 'slot-1']) await gw.replace(slot);
	const reply = await first;
	assert.ok(reply.status === 0 || reply.status >= 500);
	up.always('model', play.ok());
	await until(() => gw.answers(), { ms: 15000 });
	const began = Date.now();
	let again;
	// The web server may still use a connection that it keeps to the killed one: 502 is its own answer.
	await until(async () => (again = await ask(token)).status !== 502, { ms: 15000 });
	assert.ok(Date.now() - began < 20000);
	assert.equal(again.status, 409, again.text);
	assert.equal(again.json.error.code, 'idempotency_answer_lost');
	assert.equal(again.headers['x-should-retry'], 'false');
	assert.equal(up.log.length, 1, 'no second call');
	await gw.quiet(45000);
	assert.equal((await ask(fresh())).status, 200);
});

test('an answer that is too long to keep is not paid for twice', async () => {
	const token = fresh();
	up.next('model', play.ok({ text: 'x'.repeat(1200000) }));
	const first = await ask(token), again = await ask(token);
	assert.equal(first.status, 200);
	assert.equal(again.status, 409, again.text.slice(0, 200));
	assert.match(again.json.error.message, /too long to keep/);
	assert.equal(up.log.length, 1);
});

test('neither the key nor the prompt is in the database; the answer is', async () => {
	const token = 'a-token-of-mine-7731';
	await ask(token, { messages: [{ role: 'user', content: 'a prompt to look for 5512' }] });
	await sleep(100);
	const rows = await gw.sql('SELECT * FROM idempotent');
	const text = JSON.stringify(rows);
	assert.ok(!text.includes(token) && !text.includes('5512'));
	assert.ok(text.includes('Hello from upstream'));
});

test('under CGI it is the same', async () => {
	const cgi = await gateway({ front: 'cgi', settings: settings([deployment('model', up.base)]) });
	const own = await cgi.key();
	const options = { headers: { 'idempotency-key': 'cgi-1' } };
	const first = await chat(cgi, own, { model: 'model', max_tokens: 5 }, options), second = await chat(cgi, own, { model: 'model', max_tokens: 5 }, options);
	assert.equal(second.text, first.text);
	assert.equal(second.headers['idempotent-replayed'], 'true');
	assert.equal(up.log.length, 1);
});
