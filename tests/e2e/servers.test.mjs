// The same suite behind every web server and mode, each with its file of config/.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import http from 'node:http';
import net from 'node:net';
import { before, describe, test } from 'node:test';
import OpenAI from 'openai';
import { chat, contentOf, inPackets, request, stream } from './lib/client.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { sleep, until } from './lib/sandbox.mjs';
import { gateway, upstream } from './lib/story.mjs';
import { play, words } from './lib/upstream.mjs';


// `restart`: the gateway is a process of its own.  `mount`: it can be put below a path (CGI always is).
const SERVERS = [
	{ front: 'lighttpdSpawned', mount: true },
	{ front: 'lighttpdSocket', restart: true, mount: true, server: { deflate: true } },
	{ front: 'lighttpdCgi' },
	{ front: 'apacheProxy', restart: true, mount: true },
	{ front: 'apacheFcgid', mount: true },
	{ front: 'apacheCgi', mount: true },
	{ front: 'apacheHtaccess' },
	{ front: 'nginxSocket', restart: true, mount: true },
	{ front: 'caddy', restart: true, mount: true },
];

const only = process.env.FRONT;
for (const one of SERVERS) if (!only || only === one.front) describe(one.front, () => suite(one));

// A connection with one request behind it.
async function keptConnection(gw) {
	const socket = net.connect(gw.port, '127.0.0.1');
	let closed = false, text = '';
	socket.on('data', (bytes) => { text += bytes; });
	for (const name of ['end', 'error']) socket.on(name, () => { closed = true; });
	const kept = { since: 0, async ask() {
		if (closed) return 'closed';
		text = '';
		socket.write(`GET ${gw.base.slice(gw.url.length)}/health/liveness HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
		await until(() => closed || /alive|ok|\}/.test(text));
		kept.since = Date.now();
		return text;
	} };
	await kept.ask();
	return kept;
}

function ask(client, more) {
	return client.chat.completions.create({ model: 'main', messages: [{ role: 'user', content: 'Say hello' }], ...more });
}

function suite({ front, restart, mount, server = {} }) {
	let up, gw, key, client, kept;

	before(async () => {
		up = await upstream();
		gw = await gateway({ front, server, settings: plan(up) });
		key = await gw.key();
		client = new OpenAI({ apiKey: key, baseURL: `${gw.base}/v1`, maxRetries: 0 });
		kept = await keptConnection(gw);
	});

	test('a question is answered', async () => {
		const answer = await ask(client);
		assert.equal(answer.choices[0].message.content, 'Hello from upstream');
		assert.deepEqual((await client.models.list()).data.map((model) => model.id).sort(), ['main', 'vendor/tiny']);
	});

	test('a model whose name has a slash is found, plain and as the SDK encodes it', async () => {
		const plain = await request(`${gw.base}/v1/models/vendor/tiny`, { headers: { authorization: `Bearer ${key}` } });
		assert.equal(plain.json.id, 'vendor/tiny', plain.text);
		if (front === 'apacheHtaccess') return; // Apache refuses %2F, and no .htaccess may allow it
		assert.equal((await client.models.retrieve('vendor/tiny')).id, 'vendor/tiny');
	});

	test('a call of a tool comes through', async () => {
		up.next('main', play.tool('weather', { city: 'Øsaka' }));
		const answer = await ask(client, { tools: [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }] });
		assert.deepEqual(JSON.parse(answer.choices[0].message.tool_calls[0].function.arguments), { city: 'Øsaka' });
	});

	for (const encoding of ['identity', 'gzip, deflate, br']) {
		test(`a stream comes event by event (Accept-Encoding: ${encoding})`, async () => {
			up.next('main', play.slow(8, 80));
			const times = await arrivals(gw, key, encoding);
			assert.match(times.headers['content-type'], /text\/event-stream/);
			assert.match(times.headers['cache-control'], /no-cache, no-transform/);
			if (front !== 'nginxSocket') assert.equal(times.headers['x-accel-buffering'], 'no'); // nginx takes it for itself
			const gaps = times.at.slice(1).map((at, i) => at - times.at[i]);
			// What is kept until the end comes at once: no gap at all.
			assert.ok(gaps.filter((gap) => gap > 30).length >= 3, `pieces came ${gaps.join(', ')} ms apart`);
		});
	}

	test('the key is seen in each of its disguises, and a missing one is a 401', async () => {
		for (const headers of [{ authorization: `Bearer ${key}` }, { Authorization: `bearer  ${key}` }, { 'x-api-key': key }, { 'api-key': key }, { 'x-goog-api-key': key }]) {
			const reply = await request(`${gw.base}/v1/models`, { headers });
			assert.equal(reply.status, 200, `${Object.keys(headers)}: ${reply.text}`);
		}
		const none = await request(`${gw.base}/v1/models`);
		assert.equal(none.status, 401);
		assert.ok(none.json.error.message, none.text);
	});

	test('a body of 30 MB arrives whole', async () => {
		const count = up.log.length;
		const reply = await chat(gw, key, { model: 'main', messages: [{ role: 'user', content: [
			{ type: 'text', text: 'what is this?' }, { type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(30 << 20)}` } }] }] });
		assert.equal(reply.status, 200, reply.text.slice(0, 500));
		assert.ok(up.log[count].bytes > 30 << 20);
	});

	test('a body without a length arrives, in three packets', async () => {
		const content = 'x'.repeat(9000);
		const reply = await inPackets(`${gw.base}/v1/chat/completions`, { model: 'main', messages: [{ role: 'user', content }] }, { headers: { authorization: `Bearer ${key}` } });
		assert.equal(reply.status, 200, reply.text);
		assert.equal(up.log.at(-1).body.messages[0].content, content);
	});

	test('errors keep their status and their form', async () => {
		up.next('main', play.status(400, { error: { message: 'temperature must be at most 2' } }));
		const refused = await chat(gw, key, { model: 'main', temperature: 3 });
		assert.equal(refused.status, 400);
		assert.match(refused.json.error.message, /at most 2/);
		const unknown = await request(`${gw.base}/v1/nothing`, { headers: { authorization: `Bearer ${key}` } });
		assert.equal(unknown.status, 404);
		assert.match(unknown.json.error.message, /\/v1\/nothing/);
	});

	test('a client that leaves in mid-stream ends the call, and what was streamed is charged', async () => {
		up.next('main', play.slow(300, 40));
		const answer = stream(gw, key, { model: 'main' });
		await until(() => answer.events.length >= 4);
		answer.leave();
		const served = up.log.at(-1);
		await until(() => served.leftAt > 0, { what: () => 'the upstream call to end', ms: 6000 });
		const row = await gw.record(answer.headers['x-sideways-request-id'], 8000);
		assert.equal(row.outcome, 'client_gone');
		const [attempt] = await gw.attempts(row.id);
		assert.equal(attempt.state, 'settled');
		assert.ok(attempt.cost_nano >= 4000 && attempt.cost_nano < attempt.bound_nano);
	});

	test('a long silence is bridged by comments', async () => {
		up.next('main', play.ok({ first_ms: 3300, text: words(5) }));
		const answer = await stream(gw, key, { model: 'main' }).over;
		assert.ok(answer.comments >= 2, `${answer.comments} comments`);
		assert.equal(contentOf(answer), words(5));
		assert.ok(answer.done);
	});

	test('twenty streams at once', async () => {
		up.always('main', play.slow(15, 20));
		const answers = await Promise.all(Array.from({ length: 20 }, () => stream(gw, key, { model: 'main' }).over));
		up.always('main', play.ok());
		for (const answer of answers) assert.equal(contentOf(answer), words(15), `${answer.status} ${answer.text.slice(-300)}`);
	});

	test('an admin signs in; HTTPS ahead of the server is seen', async () => {
		const name = 'root-of-tests', password = 'correct horse battery staple';
		execFileSync(gw.program ?? process.env.SIDEWAYS, ['passwd', name], { input: `${password}\n`, env: gw.env, cwd: gw.dir, stdio: ['pipe', 'pipe', 'pipe'], ...gw.user });
		const headers = { 'x-forwarded-proto': 'https' };
		const page = await request(`${gw.base}/admin/sign-in`, { headers });
		assert.equal(page.status, 200, page.text.slice(0, 500));
		const [form] = page.headers['set-cookie'];
		assert.match(form, /^__Host-.*; Secure/);
		assert.match(page.text, new RegExp(`action="${gw.base.slice(gw.url.length)}/admin/sign-in"`));
		const token = /name="token" value="([^"]+)"/.exec(page.text)[1];
		const signed = await request(`${gw.base}/admin/sign-in`, { method: 'POST', body: new URLSearchParams({ token, name, password }).toString(),
			headers: { ...headers, cookie: form.split(';')[0], 'content-type': 'application/x-www-form-urlencoded' } });
		assert.equal(signed.status, 303, signed.text.slice(0, 500));
		const session = signed.headers['set-cookie'].find((cookie) => /Secure/.test(cookie)).split(';')[0];
		const overview = await request(`${gw.base}/admin/`, { headers: { ...headers, cookie: session } });
		assert.equal(overview.status, 200);
		assert.match(overview.text, /Sign out/);
	});

	if (restart) test('a restart loses no request, and a running stream ends well', { timeout: 30000 }, async () => {
		up.next('main', play.slow(60, 40));
		const long = stream(gw, key, { model: 'main' });
		await until(() => long.events.length >= 3);
		const statuses = [];
		let going = true;
		const asking = Promise.all([0, 1, 2].map(async () => {
			while (going) statuses.push((await chat(gw, key, { model: 'main' }, { fresh: true })).status);
		}));
		const old = gw.relieve('sideways');
		await sleep(700);
		going = false;
		await asking;
		const counts = Object.entries(Object.groupBy ? Object.groupBy(statuses, String) : { all: statuses });
		assert.ok(statuses.length > 10, `${statuses.length} requests`);
		assert.ok(statuses.every((status) => status === 200), counts.map(([status, list]) => `${status}: ${list.length}`).join(', '));
		const answer = await long.over;
		assert.ok(answer.done, answer.text.slice(-300));
		assert.equal(contentOf(answer), words(60));
		await old;
	});

	// httpx and Node drop theirs after 5 s: a server that does so too meets them in the act.  An .htaccess cannot say it.
	if (front !== 'apacheHtaccess') test('a connection that a client keeps for 6 s is still good', async () => {
		await sleep(Math.max(0, 6200 - (Date.now() - kept.since)));
		assert.match(await kept.ask(), /^HTTP\/1\.1 200/);
	});

	test('all is settled and the sums agree', async () => {
		await gw.quiet();
		const audit = await gw.audit();
		assert.ok(audit.clean, audit.text);
	});

	if (mount) test('it works below a path of its own', async () => {
		const below = await gateway({ front, server: { ...server, mount: '/gw' }, settings: plan(up) });
		const secret = await below.key();
		assert.equal(below.base, `${below.url}/gw`);
		const reply = await chat(below, secret, { model: 'main' });
		assert.equal(reply.status, 200, reply.text);
		const missing = await request(`${below.base}/v1/nothing?x=%2F`, { headers: { authorization: `Bearer ${secret}` } });
		assert.equal(missing.status, 404);
		assert.match(missing.json.error.message, / \/v1\/nothing$/);
		await below.stop();
	});

	if (front === 'apacheHtaccess') test('files beside the program are not served', async () => {
		const fs = await import('node:fs');
		for (const name of ['sideways.db', 'sideways.db-wal', 'sideways.db-shm', 'sideways.db-turn', 'sideways.db-till-01m8nn7fhgjc8h6efe5y8h8znr', 'sideways.yaml', '.htaccess', 'secrets', 'secrets.env', 'gw.log']) {
			if (name !== '.htaccess') fs.writeFileSync(`${gw.dir}/www/gw/${name}`, 'private', { mode: 0o644 });
			const reply = await request(`${gw.base}/${name}`);
			assert.ok([403, 404].includes(reply.status), `${name}: ${reply.status}`);
			assert.ok(!reply.text.includes('private'), name);
		}
	});
}

function plan(up) {
	return settings([deployment('main', up.base), deployment('vendor/tiny', up.base, { id: 'tiny' })], { router: { allowed_fails: 1000 }, sideways: { keep_alive_seconds: 1, idle_timeout: 8, max_body_mb: 32 } });
}

// When each piece of a streamed answer came, whatever it is packed in.
function arrivals(gw, key, encoding) {
	return new Promise((resolve, reject) => {
		const body = JSON.stringify({ model: 'main', stream: true, messages: [{ role: 'user', content: 'x' }] });
		const at = [];
		http.request(`${gw.base}/v1/chat/completions`, { method: 'POST', agent: false, headers: { authorization: `Bearer ${key}`,
			'content-type': 'application/json', 'content-length': Buffer.byteLength(body), 'accept-encoding': encoding } }, (reply) => {
			reply.on('data', () => at.push(Date.now()));
			reply.on('end', () => resolve({ at, headers: reply.headers, status: reply.statusCode }));
			reply.on('error', reject);
		}).on('error', reject).end(body);
	});
}
