// Where a request goes when a provider fails: sideways and downward, never up.
import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import { chat, contentOf, stream } from './lib/client.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { freePort } from './lib/sandbox.mjs';
import { gateway, keepReply, upstream } from './lib/story.mjs';
import { play } from './lib/upstream.mjs';

let up, gw, key;

before(async () => {
	up = await upstream();
	const closed = `http://127.0.0.1:${await freePort()}/v1`;
	gw = await gateway({ settings: settings([
		deployment('cheap', up.base), deployment('cheap-too', up.base), deployment('mid', up.base, { tier: 'mid' }),
		deployment('dear', up.base, { tier: 'premium' }), deployment('unreachable', closed),
		deployment('last', up.base), deployment('vip', up.base),
		deployment('pair', up.base, { id: 'pair-1', params: { order: 1 } }), deployment('pair', up.base, { id: 'pair-2', params: { order: 2 } }),
		{ ...deployment('priceless', up.base), litellm_params: { model: 'openai/priceless', api_base: up.base, api_key: 'sk-x' } },
	], { router: {
		fallbacks: [{ cheap: ['dear', 'cheap-too'] }, { mid: ['cheap'] }, { unreachable: ['cheap-too'] }, { vip: ['dear'] }],
		allowed_fails: 1000, cooldown_time: 1,
	}, sideways: { retry_budget: { floor: 10000 } } }) });
	key = await gw.key('--alias', 'fallback');
});

beforeEach(async () => {
	up.forget();
	await gw.sql('DELETE FROM breaker'); // each story begins with all deployments healthy
});

async function story(reply) {
	keepReply(JSON.stringify(reply.headers) + reply.text);
	const id = reply.headers['x-sideways-request-id'];
	return { row: await gw.record(id), attempts: await gw.attempts(id) };
}

test('a failing provider is replaced by one of the same price, and the dearer one in the chain is passed by', async () => {
	up.always('cheap', play.status(500));
	const reply = await chat(gw, key, { model: 'cheap' });
	assert.equal(reply.status, 200, reply.text);
	assert.equal(reply.headers['x-sideways-deployment'], 'cheap-too');
	assert.equal(reply.headers['x-sideways-attempts'], '2');
	assert.equal(reply.headers['x-sideways-fallbacks'], '1');
	assert.equal(reply.headers['x-litellm-attempted-fallbacks'], '1');
	assert.equal(up.of('dear').length, 0);
	const { row, attempts } = await story(reply);
	assert.equal(row.blocked_upward, 1);
	assert.ok(row.not_spent_nano > 0);
	assert.equal(row.answered_group, 'cheap-too');
	assert.equal(row.tier, 'cheap');
	const blocked = attempts.find((attempt) => attempt.state === 'blocked');
	assert.equal(blocked.deployment_id, 'dear');
	assert.equal(blocked.direction, 'upward');
	assert.ok(blocked.not_spent_nano > 0);
	assert.equal(attempts.find((attempt) => attempt.deployment_id === 'cheap').state, 'released');
	const taken = attempts.find((attempt) => attempt.deployment_id === 'cheap-too');
	assert.equal(taken.state, 'settled');
	assert.equal(taken.direction, 'sideways');
});

test('with nothing but a dearer fallback the client gets the error, and the dear model no call', async () => {
	up.always('vip', play.status(429));
	const reply = await chat(gw, key, { model: 'vip' });
	assert.equal(reply.status, 429, reply.text);
	assert.equal(reply.json.error.code, 'rate_limit_exceeded');
	assert.equal(up.of('dear').length, 0);
	const { row, attempts } = await story(reply);
	assert.equal(row.blocked_upward, 1);
	assert.equal(row.cost_nano, 0);
	assert.deepEqual(attempts.filter((a) => a.state === 'blocked').map((a) => a.deployment_id), ['dear']);
});

test('downward is allowed, and its chain is not followed further', async () => {
	up.always('mid', play.status(503));
	up.always('cheap', play.status(503));
	const reply = await chat(gw, key, { model: 'mid' });
	assert.equal(reply.status >= 500, true);
	assert.equal(up.of('cheap-too').length, 0, 'the chain of cheap is not mid\'s chain');
	up.always('cheap', play.ok());
	await gw.sql('DELETE FROM breaker');
	const second = await chat(gw, key, { model: 'mid' });
	assert.equal(second.status, 200, second.text);
	const { attempts } = await story(second);
	assert.equal(attempts.find((attempt) => attempt.state === 'settled').direction, 'downward');
});

test('a refused connection costs nothing and falls back', async () => {
	const reply = await chat(gw, key, { model: 'unreachable' });
	assert.equal(reply.status, 200, reply.text);
	const { attempts } = await story(reply);
	const refused = attempts.find((attempt) => attempt.deployment_id === 'unreachable');
	assert.equal(refused.state, 'released');
	assert.equal(refused.cost_nano, 0);
});

for (const [name, step, end] of [
	['a 500', play.status(500), 'released'],
	['a 503', play.status(503), 'released'],
	['a 529', play.status(529, { error: { type: 'overloaded_error', message: 'Overloaded' } }), 'released'],
	['a 429 without Retry-After', play.status(429), 'released'],
	['a 429 with a long Retry-After', play.status(429, { headers: { 'retry-after': '600' } }), 'released'],
	['a refused provider key', play.status(401, { error: { code: 'invalid_api_key', message: 'Incorrect API key provided: sk-CANARY-provider-cheap' } }), 'released'],
	['an empty account', play.status(402, { error: { message: 'Insufficient Balance', code: 'insufficient_quota' } }), 'released'],
	['an HTML page with status 500', play.status(500, { body: '<html>oops</html>' }), 'released'],
	['an error inside a 200', play.errorIn200(), null], // some providers begin before they fail: released or unknown
	['a reset before the head', play.reset(), 'unknown'],
	['a reset inside the head', play.resetInHead(), 'unknown'],
	['a reset inside the body', play.resetInBody(), 'unknown'],
	['JSON that is cut', play.truncatedJson(), 'unknown'],
	['compression that nobody asked for', play.gzip(), null],
	['an HTML page with status 200', play.html(), null],
]) {
	test(`${name} falls back sideways`, async () => {
		up.always('cheap', step);
		const reply = await chat(gw, key, { model: 'cheap' });
		assert.equal(reply.status, 200, reply.text);
		assert.equal(reply.json.choices[0].message.content, 'Hello from upstream');
		const { row, attempts } = await story(reply);
		const first = attempts.find((attempt) => attempt.deployment_id === 'cheap');
		if (end) assert.equal(first.state, end);
		assert.equal(row.cost_nano, attempts.reduce((sum, attempt) => sum + attempt.cost_nano, 0));
		assert.equal(first.cost_nano > 0, first.state !== 'released');
	});

	test(`${name} falls back sideways for a stream, too`, async () => {
		up.always('cheap', step);
		const answer = await stream(gw, key, { model: 'cheap' }).over;
		assert.equal(answer.status, 200, answer.text);
		assert.equal(contentOf(answer), 'Hello from upstream');
		assert.ok(answer.done);
	});
}

for (const status of [400, 413, 422]) {
	test(`a client's mistake (${status}) is neither retried nor sent elsewhere`, async () => {
		up.always('cheap', play.status(status, { error: { message: 'messages must not be empty', type: 'invalid_request_error', code: null } }));
		const reply = await chat(gw, key, { model: 'cheap', num_retries: 3 });
		assert.ok(reply.status === status || reply.status === 400, `${reply.status}`);
		assert.equal(up.log.length, 1);
		assert.match(reply.json.error.message, /messages must not be empty/);
	});
}

test('when all fail, the client learns nothing about keys or hosts', async () => {
	up.always('cheap', play.status(401, { error: { code: 'invalid_api_key', message: 'Incorrect API key provided: sk-CANARY-provider-cheap.' } }));
	up.always('cheap-too', play.status(401, { error: { code: 'invalid_api_key', message: 'bad key sk-CANARY-provider-cheap-too' } }));
	const reply = await chat(gw, key, { model: 'cheap' });
	assert.equal(reply.status, 502, reply.text);
	assert.equal(reply.headers['x-should-retry'], 'false');
	assert.ok(!reply.text.includes('CANARY'));
	assert.ok(!reply.text.includes(String(up.port)));
});

test('within a group the deployments of the first order come first, the next ones when it fails', async () => {
	for (let i = 0; i < 4; i++) await chat(gw, key, { model: 'pair' });
	assert.equal(up.of('pair-1').length, 4);
	up.always('pair-1', play.status(500));
	const reply = await chat(gw, key, { model: 'pair', num_retries: 1 });
	assert.equal(reply.status, 200, reply.text);
	assert.equal(reply.headers['x-sideways-deployment'], 'pair-2');
	assert.equal(reply.headers['x-sideways-fallbacks'], '0');
});

test('a model without a price is refused, with the way to give it one', async () => {
	const reply = await chat(gw, key, { model: 'priceless' });
	assert.equal(reply.status, 400, reply.text);
	assert.match(reply.json.error.message, /price/);
	assert.match(reply.json.error.message, /input_cost_per_token/);
	assert.equal(up.log.length, 0);
});

test('the sum of all that was served is the sum of all that was charged, apart from what nobody can know', async () => {
	await gw.quiet();
	const audit = await gw.audit();
	assert.ok(audit.clean, audit.text);
});
