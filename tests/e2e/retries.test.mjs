// Retries, Retry-After, the breaker with its probe, and what a client may ask of the router.
import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import { chat, stream } from './lib/client.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { sleep, until } from './lib/sandbox.mjs';
import { gateway, upstream } from './lib/story.mjs';
import { play } from './lib/upstream.mjs';

let up, gw, key;

before(async () => {
	up = await upstream();
	gw = await gateway({ settings: settings([
		deployment('solo', up.base), deployment('fragile', up.base, { params: { cooldown_time: 1 } }),
		deployment('spare', up.base), deployment('spare-2', up.base), deployment('dear', up.base, { tier: 'premium' }),
		deployment('long', up.base, { info: { max_input_tokens: 200000 } }),
		deployment('slow', up.base, { params: { timeout: 1 } }),
	], {
		router: { num_retries: 2, allowed_fails: 3, cooldown_time: 30,
			fallbacks: [{ fragile: ['spare'] }, { slow: ['spare'] }],
			context_window_fallbacks: [{ solo: ['long'] }], content_policy_fallbacks: [{ solo: ['spare-2'] }] },
		sideways: { retry_budget: { floor: 10000 } },
	}) });
	key = await gw.key('--alias', 'retries');
});

beforeEach(async () => {
	up.forget();
	await gw.sql('DELETE FROM breaker');
});

// The breaker follows with the record, a moment after the answer.
const recorded = async (body) => {
	const reply = await chat(gw, key, body);
	await gw.record(reply.headers['x-sideways-request-id']);
	return reply;
};

const outcomes = async (reply) => {
	await gw.record(reply.headers['x-sideways-request-id']);
	return (await gw.attempts(reply.headers['x-sideways-request-id'])).map((attempt) => attempt.outcome);
};

test('a transient failure is retried, and the client sees only the answer', async () => {
	up.next('solo', play.status(500), play.reset());
	const reply = await chat(gw, key, { model: 'solo' });
	assert.equal(reply.status, 200, reply.text);
	assert.equal(reply.headers['x-sideways-attempts'], '3');
	assert.equal(reply.headers['x-litellm-attempted-retries'], '2');
	assert.equal(up.log.length, 3);
});

test('a request that a kept connection swallowed is not sent again without a hold of its own', async () => {
	assert.equal((await chat(gw, key, { model: 'solo' })).status, 200); // so that there is a kept connection
	up.forget();
	up.next('solo', play.reset());
	const reply = await chat(gw, key, { model: 'solo', num_retries: 0 });
	assert.equal(reply.status, 502, reply.text);
	assert.equal(up.log.length, 1);
	await gw.record(reply.headers['x-sideways-request-id']);
	const [attempt] = await gw.attempts(reply.headers['x-sideways-request-id']);
	assert.equal(attempt.state, 'unknown');
	assert.equal(attempt.cost_nano, attempt.bound_nano);
});

test('num_retries caps the calls of a deployment', async () => {
	up.always('solo', play.status(500));
	const reply = await chat(gw, key, { model: 'solo' });
	assert.equal(reply.status, 500);
	assert.equal(up.log.length, 3);
});

test('the client may ask for fewer retries, also for none', async () => {
	up.always('solo', play.status(500));
	await chat(gw, key, { model: 'solo', num_retries: 0 });
	assert.equal(up.log.length, 1);
	await gw.sql('DELETE FROM breaker');
	await chat(gw, key, { model: 'solo' }, { headers: { 'x-litellm-num-retries': '1' } });
	assert.ok(up.log.length === 3 || up.log.length === 4, `${up.log.length}`);
});

test('a short Retry-After is waited for', async () => {
	up.next('solo', play.status(429, { headers: { 'retry-after': '1' } }));
	const started = Date.now();
	const reply = await chat(gw, key, { model: 'solo' });
	assert.equal(reply.status, 200, reply.text);
	assert.ok(up.log[1].at - up.log[0].at >= 990, `only ${up.log[1].at - up.log[0].at} ms passed`);
	assert.ok(Date.now() - started < 15000);
});

test('a long Retry-After cools the deployment down, and is told to the client', async () => {
	up.next('solo', play.status(429, { headers: { 'retry-after': '120' } }));
	const first = await chat(gw, key, { model: 'solo' });
	assert.equal(first.status, 429, first.text);
	assert.ok(Number(first.headers['retry-after']) >= 30, first.headers['retry-after']);
	await gw.record(first.headers['x-sideways-request-id']); // the record and the cooldown are one change
	const second = await chat(gw, key, { model: 'solo' });
	assert.ok([429, 503].includes(second.status), second.text);
	assert.equal(up.log.length, 1, 'no call while it cools down');
	assert.ok(Number(second.headers['retry-after']) >= 30);
	const [row] = await gw.sql("SELECT * FROM breaker WHERE deployment_id = 'solo'");
	assert.ok(row.open_until_ms - Date.now() > 100000);
});

test('an absurd Retry-After is capped', async () => {
	up.next('solo', play.status(429, { headers: { 'retry-after': '99999999' } }));
	await chat(gw, key, { model: 'solo' });
	const [row] = await gw.sql("SELECT * FROM breaker WHERE deployment_id = 'solo'");
	assert.ok(row.open_until_ms - Date.now() <= 400000, `${row.open_until_ms - Date.now()} ms`);
});

test('the breaker opens, its deployment is skipped, and one probe closes it', async () => {
	up.always('fragile', play.status(500));
	for (let i = 0; i < 3; i++) assert.equal((await recorded({ model: 'fragile', num_retries: 0 })).status, 200);
	assert.equal(up.of('fragile').length, 3);
	const skipped = await chat(gw, key, { model: 'fragile', num_retries: 0 });
	assert.equal(skipped.headers['x-sideways-deployment'], 'spare');
	assert.equal(up.of('fragile').length, 3, 'an open breaker lets nothing through');
	await gw.record(skipped.headers['x-sideways-request-id']);
	const [attempt] = (await gw.attempts(skipped.headers['x-sideways-request-id'])).filter((a) => a.deployment_id === 'fragile');
	assert.equal(attempt.state, 'skipped');
	assert.match(attempt.outcome, /cool/);

	await sleep(1400);
	up.always('fragile', play.ok({ wait_ms: 300 }));
	const replies = await Promise.all(Array.from({ length: 8 }, () => chat(gw, key, { model: 'fragile', num_retries: 0 })));
	assert.ok(replies.every((reply) => reply.status === 200));
	assert.equal(up.of('fragile').length, 4, 'one probe goes first');
	for (const reply of replies) await gw.record(reply.headers['x-sideways-request-id']);
	const closed = await chat(gw, key, { model: 'fragile', num_retries: 0 });
	assert.equal(closed.headers['x-sideways-deployment'], 'fragile');
});

test('a failed probe opens the breaker again', async () => {
	up.always('fragile', play.status(500));
	for (let i = 0; i < 3; i++) await recorded({ model: 'fragile', num_retries: 0 });
	await sleep(1400);
	await recorded({ model: 'fragile', num_retries: 0 });
	assert.equal(up.of('fragile').length, 4);
	await chat(gw, key, { model: 'fragile', num_retries: 0 });
	assert.equal(up.of('fragile').length, 4);
});

test('a client\'s mistakes never open a breaker', async () => {
	up.always('solo', play.status(400));
	for (let i = 0; i < 6; i++) await chat(gw, key, { model: 'solo' });
	assert.equal(up.log.length, 6);
	up.always('solo', play.ok());
	assert.equal((await chat(gw, key, { model: 'solo' })).status, 200);
});

test('a hanging provider is left at its timeout', async () => {
	up.always('slow', play.hang());
	const started = Date.now();
	const reply = await chat(gw, key, { model: 'slow', num_retries: 0 });
	assert.equal(reply.status, 200, reply.text);
	assert.equal(reply.headers['x-sideways-deployment'], 'spare');
	assert.ok(Date.now() - started < 15000);
	up.forget(); // it hangs up: until then the gateway waits for what may be billed
	let attempts;
	await until(async () => (attempts = await gw.attempts(reply.headers['x-sideways-request-id'])).length === 2);
	const [first] = attempts;
	assert.equal(first.state, 'unknown', 'a request that was sent may have been billed');
	assert.equal(first.cost_nano, first.bound_nano);
});

test('the client\'s timeout ends an attempt, and one that took all of it is not made again', async () => {
	up.always('solo', play.hang());
	const started = Date.now();
	const reply = await chat(gw, key, { model: 'solo', timeout: 1, num_retries: 5 });
	assert.equal(reply.status, 504, reply.text);
	assert.ok(Date.now() - started < 15000, `${Date.now() - started} ms`);
});

test('a prompt that is too long goes to the context-window chain', async () => {
	up.always('solo', play.status(400, { error: { message: 'This model\'s maximum context length is 128000 tokens.', type: 'invalid_request_error', param: 'messages', code: 'context_length_exceeded' } }));
	const reply = await chat(gw, key, { model: 'solo' });
	assert.equal(reply.status, 200, reply.text);
	assert.equal(reply.headers['x-sideways-deployment'], 'long');
	assert.equal(up.of('solo').length, 1);
});

test('a prompt that is too long and has no such chain is the client\'s error', async () => {
	up.always('fragile', play.status(400, { error: { message: 'too long', type: 'invalid_request_error', code: 'context_length_exceeded' } }));
	const reply = await chat(gw, key, { model: 'fragile' });
	assert.equal(reply.status, 400);
	assert.equal(reply.json.error.code, 'context_length_exceeded');
	assert.equal(up.of('spare').length, 0, 'the general chain is not for this');
});

test('a filtered prompt goes to the content-policy chain, and only there', async () => {
	up.always('solo', play.status(400, { error: { message: 'flagged', type: 'invalid_request_error', code: 'content_filter' } }));
	const reply = await chat(gw, key, { model: 'solo' });
	assert.equal(reply.status, 200, reply.text);
	assert.equal(reply.headers['x-sideways-deployment'], 'spare-2');
});

test('fallbacks that the client names are taken', async () => {
	up.always('solo', play.status(500));
	const reply = await chat(gw, key, { model: 'solo', num_retries: 0, fallbacks: ['spare-2'] });
	assert.equal(reply.status, 200, reply.text);
	assert.equal(reply.headers['x-sideways-deployment'], 'spare-2');
	assert.ok(!('fallbacks' in up.of('spare-2')[0].body));
	assert.ok(!('num_retries' in up.of('spare-2')[0].body));
});

test('a dearer fallback is blocked also when the client names it', async () => {
	up.always('solo', play.status(500));
	const reply = await chat(gw, key, { model: 'solo', num_retries: 0, fallbacks: ['dear'] });
	assert.equal(reply.status, 500, reply.text);
	assert.equal(up.of('dear').length, 0);
	assert.equal((await gw.record(reply.headers['x-sideways-request-id'])).blocked_upward, 1);
});

test('a fallback outside the key\'s models is not taken', async () => {
	const narrow = await gw.key('--models', 'solo');
	up.always('solo', play.status(500));
	const reply = await chat(gw, narrow, { model: 'solo', num_retries: 0, fallbacks: ['spare-2'] });
	assert.ok(reply.status >= 400);
	assert.equal(up.of('spare-2').length, 0);
});

test('mock_testing_fallbacks shows the fallback without failing a provider', async () => {
	const reply = await chat(gw, key, { model: 'fragile', mock_testing_fallbacks: true });
	assert.equal(reply.status, 200, reply.text);
	assert.equal(reply.headers['x-sideways-deployment'], 'spare');
	assert.equal(up.of('fragile').length, 0);
});

test('disable_fallbacks keeps the request at home', async () => {
	up.always('fragile', play.status(500));
	const reply = await chat(gw, key, { model: 'fragile', num_retries: 0, disable_fallbacks: true });
	assert.equal(reply.status, 500);
	assert.equal(up.of('spare').length, 0);
});

test('each attempt stands in the record with its outcome', async () => {
	up.next('solo', play.status(503), play.status(500));
	const reply = await chat(gw, key, { model: 'solo' });
	assert.deepEqual(await outcomes(reply), ['overload', 'retry', 'ok']);
});

test('streams are retried as well, before their first event', async () => {
	up.next('solo', play.status(500), play.resetAfter(0));
	const answer = await stream(gw, key, { model: 'solo' }).over;
	assert.equal(answer.status, 200);
	assert.ok(answer.done, answer.text);
	assert.equal(up.log.length, 3);
});

test('all is settled and the sums agree', async () => {
	await gw.quiet();
	const audit = await gw.audit();
	assert.ok(audit.clean, audit.text);
});
