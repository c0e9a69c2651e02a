// Who a client is, how it may say so, and what it then may use.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { chat, raw, request } from './lib/client.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { MASTER_KEY, sleep } from './lib/sandbox.mjs';
import { gateway, keepReply, upstream } from './lib/story.mjs';

for (const front of ['fastcgi', 'cgi']) describe(front, () => keysBehind(front));

function keysBehind(front) {
	let up, gw, key;
	const body = { model: 'open', messages: [{ role: 'user', content: 'hello' }] };
	const ask = (headers, more = {}) => request(`${gw.base}/v1/chat/completions`, { method: 'POST', headers, body: { ...body, ...more } });

	before(async () => {
		up = await upstream();
		gw = await gateway({ front, settings: settings([deployment('open', up.base), deployment('secret', up.base), deployment('wild/*', up.base, { id: 'wild' })],
			{ router: { model_group_alias: { nick: 'open', hid: { model: 'open', hidden: true } } } }) });
		key = await gw.key('--alias', 'forms');
	});

	for (const [name, header] of [['Authorization: Bearer', (k) => ({ authorization: `Bearer ${k}` })], ['authorization: bearer', (k) => ({ authorization: `bearer ${k}` })],
		['x-api-key', (k) => ({ 'x-api-key': k })], ['api-key', (k) => ({ 'api-key': k })], ['x-goog-api-key', (k) => ({ 'x-goog-api-key': k })]]) {
		test(`a key is taken from ${name}`, async () => {
			assert.equal((await ask(header(key))).status, 200);
			assert.equal((await ask(header(`${key}x`))).status, 401);
		});
	}

	test('no key, an empty one and nonsense are 401, and cost nothing', async () => {
		const count = up.log.length;
		for (const headers of [{}, { authorization: 'Bearer ' }, { authorization: 'Basic abc' }, { 'x-api-key': '' }, { authorization: `Bearer ' OR 1=1 --` },
			{ authorization: `Bearer ${'x'.repeat(4000)}` }, { authorization: `Bearer ${key.toUpperCase()}` }]) {
			const reply = await ask(headers);
			assert.equal(reply.status, 401, `${JSON.stringify(headers).slice(0, 80)}: ${reply.status}`);
			assert.equal(reply.json.error.code, 'invalid_api_key');
			assert.equal(reply.json.error.type, 'invalid_request_error');
		}
		assert.equal(up.log.length, count);
	});

	test('two different keys in one request are refused', async () => {
		const other = await gw.key();
		assert.equal((await ask({ authorization: `Bearer ${key}`, 'x-api-key': other })).status, 400);
		assert.equal((await ask({ authorization: `Bearer ${key}`, 'x-api-key': key })).status, 200);
	});

	test('a key in the URL is not taken', async () => {
		const reply = await request(`${gw.base}/v1/chat/completions?key=${key}&api_key=${key}`, { method: 'POST', body });
		assert.ok([400, 401].includes(reply.status), `${reply.status}`);
	});

	test('a hidden alias is served, and stands in no list', async () => {
		assert.equal((await ask({ authorization: `Bearer ${key}` }, { model: 'hid' })).status, 200);
		for (const [path, names] of [['/v1/models', (json) => json.data.map((one) => one.id)], ['/v1beta/models', (json) => json.models.map((one) => one.displayName)]]) {
			const listed = names((await request(`${gw.base}${path}`, { headers: { authorization: `Bearer ${key}` } })).json);
			assert.deepEqual([listed.includes('nick'), listed.includes('hid')], [true, false], path);
		}
	});

	test('the master key may use everything', async () => {
		assert.equal((await ask({ authorization: `Bearer ${MASTER_KEY}` })).status, 200);
	});

	test('a key sees and uses only its models', async () => {
		const narrow = await gw.key('--models', 'open');
		const list = await request(`${gw.base}/v1/models`, { headers: { authorization: `Bearer ${narrow}` } });
		assert.deepEqual(list.json.data.map((model) => model.id), ['open']);
		assert.equal((await request(`${gw.base}/v1/models/open`, { headers: { authorization: `Bearer ${narrow}` } })).status, 200);
		assert.ok([403, 404].includes((await request(`${gw.base}/v1/models/secret`, { headers: { authorization: `Bearer ${narrow}` } })).status));
		const reply = await chat(gw, narrow, { model: 'secret' });
		assert.equal(reply.status, 404, reply.text);
		assert.equal(reply.json.error.code, 'model_not_found');
		// What it may not use and what does not exist get the same answer, in every format.
		const said = async (model) => JSON.stringify([await chat(gw, narrow, { model }),
			...await Promise.all([['/v1/responses', { model, input: 'x' }], ['/v1/messages', { model, max_tokens: 9, messages: [{ role: 'user', content: 'x' }] }],
				['/v1/messages/count_tokens', { model, messages: [{ role: 'user', content: 'x' }] }],
				[`/v1beta/models/${model}:generateContent`, { contents: [{ parts: [{ text: 'x' }] }] }], ['/v1/embeddings', { model, input: 'x' }]]
				.map(([path, body]) => request(gw.base + path, { method: 'POST', body, headers: { authorization: `Bearer ${narrow}` } }))),
			await request(`${gw.base}/v1/models/${model}`, { headers: { authorization: `Bearer ${narrow}` } })]
			.map(({ status, json }) => [status, json.error?.code, json.error?.type, json.error?.status, json.error?.message])).replaceAll(model, 'MODEL');
		assert.equal(await said('secret'), await said('nobody'));
		assert.equal((await request(`${gw.base}/v1/models`)).status, 401);
	});

	test('wildcards and aliases lead to their deployments', async () => {
		const wild = await chat(gw, key, { model: 'wild/anything-4' });
		assert.ok([200, 503].includes(wild.status), wild.text);
		const nick = await chat(gw, key, { model: 'nick' });
		assert.equal(nick.status, 200, nick.text);
		assert.equal(up.log.at(-1).model, 'open');
		// Who may use the model may use its alias, as at LiteLLM; not the other way round.
		const named = await gw.key('--alias', `named-${front}`, '--models', 'open');
		assert.equal((await chat(gw, named, { model: 'nick' })).status, 200);
		const byAlias = await gw.key('--alias', `by-alias-${front}`, '--models', 'nick');
		assert.deepEqual([(await chat(gw, byAlias, { model: 'nick' })).status, (await chat(gw, byAlias, { model: 'open' })).status], [200, 404]);
	});

	test('blocking works at once, and unblocking too', async () => {
		const mine = await gw.key('--alias', `mine-${front}`);
		assert.equal((await chat(gw, mine, { model: 'open' })).status, 200);
		assert.equal((await gw.cli('keys', 'block', `mine-${front}`)).status, 0);
		const blocked = await chat(gw, mine, { model: 'open' });
		assert.equal(blocked.status, 401);
		assert.match(blocked.json.error.message, /block/);
		assert.equal((await gw.cli('keys', 'unblock', `mine-${front}`)).status, 0);
		assert.equal((await chat(gw, mine, { model: 'open' })).status, 200);
	});

	test('rotation keeps the old key for its grace, and no longer', async () => {
		const old = await gw.key('--alias', `turn-${front}`);
		const { stdout, status, stderr } = await gw.cli('keys', 'rotate', `turn-${front}`, '--grace', '2s');
		assert.equal(status, 0, stderr);
		const fresh = stdout.trim().split(/\s+/).find((word) => word.startsWith('sk-'));
		assert.ok(fresh && fresh !== old);
		assert.equal((await chat(gw, old, { model: 'open' })).status, 200);
		assert.equal((await chat(gw, fresh, { model: 'open' })).status, 200);
		await sleep(2200);
		assert.equal((await chat(gw, old, { model: 'open' })).status, 401);
		assert.equal((await chat(gw, fresh, { model: 'open' })).status, 200);
	});

	test('a deleted key is gone, its history is not', async () => {
		const doomed = await gw.key('--alias', `doomed-${front}`);
		const reply = await chat(gw, doomed, { model: 'open' });
		assert.equal(reply.status, 200);
		assert.equal((await gw.cli('keys', 'delete', `doomed-${front}`, '--yes')).status, 0);
		assert.equal((await chat(gw, doomed, { model: 'open' })).status, 401);
		await gw.record(reply.headers['x-sideways-request-id']);
		assert.ok((await gw.audit()).clean);
	});

	test('an expired key is refused', async () => {
		const brief = await gw.key('--expires', '1s');
		await sleep(1200);
		const reply = await chat(gw, brief, { model: 'open' });
		assert.equal(reply.status, 401);
	});

	test('a second Authorization header never wins silently', async () => {
		const text = JSON.stringify(body);
		const answer = await raw(gw.port, `POST ${new URL(gw.base).pathname.replace(/\/$/, '')}/v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\n` +
			`Authorization: Bearer sk-other\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ${text.length}\r\n\r\n${text}`);
		assert.match(answer, /^HTTP\/1\.1 (400|401|200)/);
		keepReply(answer);
	});
}
