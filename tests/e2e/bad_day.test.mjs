// What a bad day brings: deployments that refuse what was changed for them, providers that hang, a faulty entry in the file.
import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import { chat, contentOf, request, stream } from './lib/client.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { sleep, until } from './lib/sandbox.mjs';
import { gateway, upstream } from './lib/story.mjs';
import { play, words } from './lib/upstream.mjs';

const KEY_OF_ITS_OWN = 'tok.12/ab:9'; // looks like no key
let up, gw, key;
const anthropic = (id) => ({ params: { model: `anthropic/${id}`, api_base: up.base.replace('/v1', '') } });

before(async () => {
	up = await upstream();
	gw = await gateway({ settings: settings([
		deployment('translated', up.base, anthropic('claude-x')), deployment('also-translated', up.base, anthropic('claude-y')),
		deployment('spare', up.base), deployment('hanging', up.base, { params: { timeout: 2 } }), deployment('sole', up.base), deployment('filtered', up.base, { params: { model: 'azure/filtered' } }),
		deployment('echoing', up.base, { params: { api_key: KEY_OF_ITS_OWN } }),
	], { router: { fallbacks: [{ translated: ['also-translated', 'spare'] }, { 'also-translated': ['translated'] }, { hanging: ['spare'] }], allowed_fails: 1 } }) });
	key = await gw.key('--alias', 'bad-day');
});

beforeEach(async () => {
	up.forget();
	await gw.sql('DELETE FROM breaker');
});

test('who refuses a request that was translated for it is passed over, and named', async () => {
	up.always('claude-x', play.status(400));
	up.always('claude-y', play.status(422));
	const reply = await chat(gw, key, { model: 'translated' });
	assert.equal(reply.status, 200, reply.text);
	assert.equal(reply.headers['x-sideways-deployment'], 'spare');
	assert.equal(reply.headers['x-sideways-unfit'], 'translated, also-translated');
	await gw.record(reply.headers['x-sideways-request-id']);
	const attempts = await gw.attempts(reply.headers['x-sideways-request-id']);
	assert.deepEqual(attempts.map((a) => [a.outcome, a.state]), [['unfit', 'released'], ['unfit', 'released'], ['ok', 'settled']]);
	assert.equal((await gw.sql('SELECT * FROM breaker')).length, 0);
});

test('when all pass it over the client hears the first refusal', async () => {
	up.always('claude-y', play.status(422));
	up.always('claude-x', play.status(400));
	const reply = await chat(gw, key, { model: 'also-translated' });
	assert.equal(reply.status, 422, reply.text);
	assert.equal(reply.headers['x-sideways-unfit'], 'also-translated, translated');
});

test('a provider that hangs past its limit is replaced, whole and streamed, and so is one that only begins', async () => {
	up.always('hanging', play.hang());
	let started = Date.now();
	const reply = await chat(gw, key, { model: 'hanging' });
	assert.equal(reply.status, 200, reply.text);
	assert.equal(reply.headers['x-sideways-deployment'], 'spare');
	assert.ok(Date.now() - started < 15000, `${Date.now() - started} ms`);
	for (const step of [play.hang(), play.ok({ first_ms: 30000 })]) {
		await gw.sql('DELETE FROM breaker');
		up.always('hanging', step);
		started = Date.now();
		const state = await stream(gw, key, { model: 'hanging' }).over;
		assert.equal(contentOf(state), 'Hello from upstream');
		assert.ok(state.done && Date.now() - started < 15000, `${Date.now() - started} ms`);
	}
});

test('a stream that flows is not cut by timeout, the client\'s or the deployment\'s', async () => {
	up.always('hanging', play.slow(5, 1000));
	const deployments = await stream(gw, key, { model: 'hanging' }).over;
	assert.equal(contentOf(deployments), words(5));
	up.always('sole', play.slow(4, 700));
	for (const headers of [{ 'x-litellm-timeout': '1.5' }, { 'x-stainless-timeout': '2' }]) {
		const state = await stream(gw, key, { model: 'sole' }, { headers }).over;
		assert.equal(contentOf(state), words(4));
		assert.ok(state.done);
	}
});

test('clients that give no time cool nobody down', async () => {
	up.always('sole', play.hang());
	for (let i = 0; i < 4; i++) {
		const reply = await chat(gw, key, { model: 'sole' }, { headers: { 'x-litellm-timeout': '0.2' } });
		assert.equal(reply.status, 504, reply.text);
	}
	up.always('sole', play.ok());
	assert.equal((await chat(gw, key, { model: 'sole' })).status, 200);
	assert.equal((await gw.sql('SELECT * FROM breaker')).length, 0);
});

test('one faulty entry, one unset variable, one price missing: the rest serves, and readiness lists them', async () => {
	const gw = await gateway({ settings: settings([
		deployment('good', up.base),
		{ model_name: 'images', litellm_params: { model: 'azure/', api_base: 'https://x.openai.azure.com', api_key: 'k' } },
		{ model_name: 'unset', litellm_params: { model: 'openai/gpt-4o-mini', api_key: 'os.environ/BAD_DAY_UNSET' } },
		{ model_name: 'nova', litellm_params: { model: 'bedrock/amazon.nova-lite-v1:0', aws_region_name: 'us-east-1' } },
		{ model_name: 'unpriced', litellm_params: { model: 'openai/my-own', api_key: 'k', api_base: up.base } },
		{ ...deployment('pair', up.base, { id: 'pair-1', params: { order: 1 } }), model_info: { tier: 'chep' } },
		deployment('pair', up.base, { id: 'pair-2', params: { order: 2 } }), deployment('pair', up.base, { id: 'pair-3', tier: 'premium', params: { order: 3 } }),
	]) });
	const own = await gw.key();
	assert.equal((await chat(gw, own, { model: 'good' })).status, 200);
	for (const model of ['images', 'unset', 'nova', 'unpriced']) {
		const reply = await chat(gw, own, { model });
		assert.equal(reply.status, 400, reply.text);
		assert.equal(reply.headers['x-should-retry'], 'false');
		await gw.record(reply.headers['x-sideways-request-id']);
		const [attempt] = await gw.attempts(reply.headers['x-sideways-request-id']);
		assert.equal(attempt.outcome, 'faulty entry');
	}
	const pair = await chat(gw, own, { model: 'pair' });
	assert.equal(pair.headers['x-sideways-deployment'], 'pair-2');
	const ready = await request(`${gw.base}/health/readiness`);
	assert.equal(ready.status, 200);
	assert.equal(ready.json.status, 'degraded');
	assert.deepEqual(ready.json.faulty_entries.map((entry) => entry.replace(/ \(line \d+\)$/, '')), ['images', 'unset', 'nova', 'unpriced', 'pair']);
	assert.equal((await gw.cli('check')).status, 1);
});

// A provider makes and bills the answer that nobody waits for any more.
const eventually = async (wanted, look) => {
	for (let i = 0; i < 60; i++) {
		if (wanted(await look())) return look();
		await sleep(100);
	}
	throw new Error(`in vain: ${JSON.stringify(await look())}`);
};
const ended = (attempts) => attempts.length > 0 && attempts.every((attempt) => attempt.state !== 'held');

test('a whole answer that comes after the limit is charged what it cost, and its request told so', async () => {
	up.always('sole', play.ok({ wait_ms: 1500 }));
	const reply = await chat(gw, key, { model: 'sole', max_tokens: 400 }, { headers: { 'x-litellm-timeout': '0.3' } });
	assert.equal(reply.status, 504, reply.text);
	const id = reply.headers['x-sideways-request-id'];
	const [attempt] = await eventually(ended, () => gw.attempts(id));
	const [served] = up.of('sole');
	assert.equal(attempt.state, 'settled');
	assert.equal(attempt.outcome, 'timeout');
	assert.equal(attempt.cost_nano, served.promptTokens * 500 + served.sentTokens * 1000);
	assert.ok(attempt.cost_nano < attempt.bound_nano / 5);
	assert.equal((await eventually((row) => row.cost_nano > 0, () => gw.record(id))).cost_nano, attempt.cost_nano);
});

test('so is one whose client left, and one whose fallback answered', async () => {
	up.always('sole', play.ok({ wait_ms: 1500 }));
	const left = new Set((await gw.sql('SELECT request_id FROM attempt')).map((row) => row.request_id));
	await assert.rejects(chat(gw, key, { model: 'sole', max_tokens: 400 }, { timeout: 300 }));
	const own = () => gw.sql("SELECT * FROM attempt WHERE deployment_id = 'sole'").then((rows) => rows.filter((row) => !left.has(row.request_id)));
	const [attempt] = await eventually((rows) => rows.length === 1, own);
	assert.equal(attempt.state, 'settled');
	assert.ok(['cancelled', 'ok'].includes(attempt.outcome), attempt.outcome);
	up.always('hanging', play.ok({ wait_ms: 3000 }));
	const reply = await chat(gw, key, { model: 'hanging', max_tokens: 400 });
	assert.equal(reply.headers['x-sideways-deployment'], 'spare');
	const id = reply.headers['x-sideways-request-id'];
	const both = await eventually((rows) => rows.length === 2, () => gw.attempts(id));
	assert.deepEqual(both.map((row) => row.state), ['settled', 'settled']);
	assert.equal((await eventually((row) => row.cost_nano > both[1].cost_nano, () => gw.record(id))).cost_nano, both[0].cost_nano + both[1].cost_nano);
});

test('one with usage that cannot be, or with none, is charged at most its bound', async () => {
	const none = { prompt_tokens: undefined, completion_tokens: undefined, total_tokens: undefined };
	for (const [more, outcome, state] of [
		[{ usage: { completion_tokens: 1e18, total_tokens: 1e18 } }, 'unbelieved', 'unknown'],
		[{ usage: { prompt_tokens: 20_000_000 } }, 'unbelieved', 'unknown'],
		[{ usage: none, text: 'w'.repeat(60_000) }, 'timeout', 'settled'],
	]) {
		up.always('sole', play.ok({ wait_ms: 1500, ...more }));
		const reply = await chat(gw, key, { model: 'sole', max_tokens: 400 }, { headers: { 'x-litellm-timeout': '0.3' } });
		assert.equal(reply.status, 504, reply.text);
		const [attempt] = await eventually(ended, () => gw.attempts(reply.headers['x-sideways-request-id']));
		assert.deepEqual([attempt.outcome, attempt.state], [outcome, state]);
		assert.equal(attempt.cost_nano, attempt.bound_nano);
	}
});

// Azure bills what its filter stops, and says not how much.
test('a refusal that comes late is charged as one in time where its provider bills it', async () => {
	for (const [model, cost] of [['filtered', (attempt) => attempt.cost_nano > 0 && attempt.cost_nano < attempt.bound_nano], ['sole', (attempt) => attempt.cost_nano === 0]]) {
		up.always(model, play.status(400, { wait_ms: 1000, error: { code: 'content_filter' } }));
		const reply = await chat(gw, key, { model, max_tokens: 490 }, { headers: { 'x-litellm-timeout': '0.3' } });
		assert.equal(reply.status, 504, reply.text);
		const [attempt] = await eventually(ended, () => gw.attempts(reply.headers['x-sideways-request-id']));
		assert.equal(attempt.state, model === 'filtered' ? 'settled' : 'released');
		assert.ok(cost(attempt), `${attempt.cost_nano} of ${attempt.bound_nano}`);
	}
});

test('late_answers: abort cuts it, and charges its bound', async () => {
	const aborting = await gateway({ settings: settings([deployment('sole', up.base)], { sideways: { late_answers: 'abort' } }) });
	const own = await aborting.key();
	up.always('sole', play.ok({ wait_ms: 1500 }));
	const reply = await chat(aborting, own, { model: 'sole', max_tokens: 400 }, { headers: { 'x-litellm-timeout': '0.3' } });
	assert.equal(reply.status, 504, reply.text);
	const [attempt] = await eventually(ended, () => aborting.attempts(reply.headers['x-sideways-request-id']));
	assert.equal(attempt.state, 'unknown');
	assert.equal(attempt.cost_nano, attempt.bound_nano);
});

test('a gateway that ends waits for it as long as its drain may last', async () => {
	for (const [wait_ms, state] of [[1500, 'settled'], [20000, 'unknown']]) {
		const ending = await gateway({ front: 'nginx', settings: settings([deployment('sole', up.base)], { sideways: { drain_seconds: 4 } }) });
		const own = await ending.key();
		up.always('sole', play.ok({ wait_ms }));
		const reply = await chat(ending, own, { model: 'sole', max_tokens: 400 }, { headers: { 'x-litellm-timeout': '0.3' } });
		assert.equal(reply.status, 504, reply.text);
		ending.child('sideways').kill('SIGTERM');
		await until(() => ending.child('sideways').exitCode !== null, { ms: 8000, what: () => 'the program to end' });
		const [attempt] = await ending.attempts(reply.headers['x-sideways-request-id']);
		assert.equal(attempt.state, state);
	}
});

test('at the end all is settled and the sums agree', async () => {
	await gw.quiet();
	assert.ok((await gw.audit()).clean);
});

test("a provider's failure that names the gateway's key for it is told without it", async () => {
	const error = { message: `nobody is ${KEY_OF_ITS_OWN} here`, type: 'not_found', code: KEY_OF_ITS_OWN };
	for (const body of [{}, { stream: true }])
		for (const step of [play.status(404, { error }), play.status(500, { error }), play.errorIn200(error)]) {
			await gw.sql('DELETE FROM breaker');
			up.always('echoing', step);
			const reply = await chat(gw, key, { model: 'echoing', ...body });
			assert.match(reply.text, /nobody is \*+ here/);
			assert.ok(!reply.text.includes(KEY_OF_ITS_OWN), reply.text);
			assert.ok(!JSON.stringify(await gw.record(reply.headers['x-sideways-request-id'])).includes(KEY_OF_ITS_OWN));
		}
});
