// What a bad day brings: deployments that refuse what was changed for them, providers that hang, a faulty entry in the file.
import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import { chat } from './lib/client.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { gateway, upstream } from './lib/story.mjs';
import { play } from './lib/upstream.mjs';

let up, gw, key;
const anthropic = (id) => ({ params: { model: `anthropic/${id}`, api_base: up.base.replace('/v1', '') } });

before(async () => {
	up = await upstream();
	gw = await gateway({ settings: settings([
		deployment('translated', up.base, anthropic('claude-x')), deployment('also-translated', up.base, anthropic('claude-y')),
		deployment('spare', up.base),
	], { router: { fallbacks: [{ translated: ['also-translated', 'spare'] }, { 'also-translated': ['translated'] }] } }) });
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
