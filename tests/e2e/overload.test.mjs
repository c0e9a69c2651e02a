// More requests than may run at a time: told at once, so that clients can act, and over when there is room.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import OpenAI from 'openai';
import { bearer, chat, request } from './lib/client.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { MASTER_KEY, sleep, until } from './lib/sandbox.mjs';
import { gateway, upstream } from './lib/story.mjs';
import { play } from './lib/upstream.mjs';

let up, gw, key;

before(async () => {
	up = await upstream();
	gw = await gateway({ front: 'nginx', settings: settings([deployment('model', up.base)], { router: { disable_cooldowns: true }, sideways: { max_concurrency: 3 } }) });
	key = await gw.key();
});

const ask = () => chat(gw, key, { model: 'model', max_tokens: 20 });

async function fill(ms) {
	for (let i = 0; i < 3; i++) up.next('model', play.ok({ wait_ms: ms }));
	const count = up.log.length;
	const running = [ask(), ask(), ask()];
	await until(() => up.log.length === count + 3);
	return running;
}

test('the one too many gets 503 and Retry-After at once, in its own format, and costs nothing', async () => {
	const running = await fill(3000);
	let free = false;
	Promise.race(running).then(() => { free = true; });
	const refused = await ask();
	assert.equal(refused.status, 503, refused.text);
	assert.ok(!free, 'it did not wait for room');
	assert.equal(refused.headers['retry-after'], '1');
	assert.equal(refused.json.error.code, 'server_is_overloaded');
	const anthropic = await request(`${gw.base}/v1/messages`, { method: 'POST', headers: { 'x-api-key': key }, body: { model: 'model', max_tokens: 5, messages: [{ role: 'user', content: 'x' }] } });
	assert.equal(anthropic.json.error.type, 'overloaded_error', anthropic.text);
	assert.equal((await request(`${gw.base}/health/liveliness`)).status, 200, 'it lives');
	assert.equal((await request(`${gw.base}/metrics`, { headers: bearer(MASTER_KEY) })).status, 200, 'metrics are there');
	for (const reply of await Promise.all(running)) assert.equal(reply.status, 200, reply.text);
	assert.equal((await ask()).status, 200, 'and there is room again');
	await gw.quiet();
	await until(async () => (await gw.sql('SELECT count(*) AS n FROM attempt'))[0].n === 4, { what: () => 'four attempts' }); // written after the answer
	await sleep(100);
	assert.equal((await gw.sql('SELECT count(*) AS n FROM attempt'))[0].n, 4);
	await until(() => /"event":"overload"/.test(gw.output(Infinity)));
});

test('an SDK comes back by itself and is answered', async () => {
	const running = await fill(900);
	const client = new OpenAI({ apiKey: key, baseURL: `${gw.base}/v1`, maxRetries: 3 });
	const reply = await client.chat.completions.create({ model: 'model', max_tokens: 10, messages: [{ role: 'user', content: 'hello' }] });
	assert.ok(reply.choices[0].message.content);
	await Promise.all(running);
});
