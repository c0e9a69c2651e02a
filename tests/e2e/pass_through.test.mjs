// general_settings.pass_through_endpoints: what goes to the target, what comes back as it is, and what is held and charged.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { request } from './lib/client.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { gateway } from './lib/story.mjs';
import { MASTER_KEY } from './lib/sandbox.mjs';

const PRICE = 20_000_000; // nano-dollars of $0.02
const bytes = Buffer.from(Array.from({ length: 5000 }, (_, i) => i * 31 & 255));
const events = ': first\nid: 7\nevent: made\ndata: {"a": 1}\n\nretry: 10\ndata: no json\ndata: two lines\n\n';

// By what the path ends with.
const answers = {
	echo: (res, call) => res.writeHead(200, { 'content-type': 'application/x-own' }).end(call.body),
	page: (res) => res.writeHead(200, { 'content-type': 'text/html' }).end('<script>1</script>'),
	nothing: (res) => res.writeHead(204).end(),
	wrong: (res) => res.writeHead(422, { 'content-type': 'application/json' }).end('{"detail": "no such size", "model": "x"}'),
	down: (res) => res.writeHead(503, { 'content-type': 'text/plain' }).end('later'),
	away: (res) => res.socket.destroy(),
	stream: (res) => { res.writeHead(200, { 'content-type': 'text/event-stream' }); res.write(events.slice(0, 20)); setTimeout(() => res.end(events.slice(20)), 50); },
	cut: (res) => { res.writeHead(200, { 'content-type': 'text/event-stream' }); res.write(events.slice(0, 30)); setTimeout(() => res.socket.destroy(), 50); },
};

let target, base;
const log = [];
before(async () => {
	target = http.createServer(async (req, res) => {
		const chunks = [];
		for await (const chunk of req) chunks.push(chunk);
		const call = { method: req.method, url: req.url, headers: req.headers, body: Buffer.concat(chunks) };
		log.push(call);
		(answers[req.url.split('?')[0].split('/').pop()] ?? answers.echo)(res, call);
	});
	await new Promise((done) => target.listen(0, '127.0.0.1', done));
	base = `http://127.0.0.1:${target.address().port}`;
});
after(() => { target.closeAllConnections(); target.close(); });

for (const front of ['fastcgi', 'cgi', 'nginx']) describe(front, () => {
	let gw, key;
	const send = (path, { method = 'POST', by = key, headers = {}, body } = {}) =>
		request(`${gw.base}${path}`, { method, body, headers: { authorization: `Bearer ${by}`, ...headers } });
	const attempts = async (reply) => {
		await gw.record(reply.headers['x-sideways-request-id']);
		return gw.attempts(reply.headers['x-sideways-request-id']);
	};
	const billed = async (reply) => (await gw.record(reply.headers['x-sideways-request-id'])).cost_nano;

	before(async () => {
		gw = await gateway({ front, settings: {
			...settings([deployment('chatty', `${base}/v1`)], { router: { num_retries: 2 }, litellm: { default_fallbacks: ['chatty'] }, general: { pass_through_endpoints: [
				{ path: '/draw/', target: `${base}/v2/`, cost_per_request: 0.02, include_subpath: true, methods: ['POST', 'get'],
					headers: { 'x-own': 'fixed', authorization: 'Bearer os.environ/DRAW_KEY' }, auth: true },
				{ path: '/draw/echo', target: `${base}/other/echo`, cost_per_request: 0 },
				{ path: '/unpriced', target: `${base}/echo` },
				{ path: '/guarded', target: `${base}/echo`, cost_per_request: 0.1, guardrails: { pii: null } },
				{ path: '/metadata', target: 'http://169.254.169.254/latest', cost_per_request: 0.02 },
				{ path: '/gone', target: 'http://127.0.0.1:1/x', cost_per_request: 0.02 },
			] } }), environment_variables: { DRAW_KEY: 'sk-CANARY-provider-draw' } } });
		key = await gw.key('--alias', `pass-${front}`, '--budget', '1/1d');
	});

	test('body, query and content type go on as they are, keys do not', async () => {
		const reply = await send('/draw/a%20b/v1:x/?q=1&q=%2F', { body: bytes, headers: { 'content-type': 'image/x-odd; a=b', accept: 'image/png', cookie: 'a=b', 'x-other': '1' } });
		const sent = log.at(-1);
		assert.equal(reply.status, 200);
		assert.ok(Buffer.from(sent.body).equals(bytes));
		assert.equal(`${sent.method} ${sent.url}`, 'POST /v2/a%20b/v1%3Ax/?q=1&q=%2F');
		assert.equal(sent.headers['content-type'], 'image/x-odd; a=b');
		assert.equal(sent.headers.accept, 'image/png');
		assert.equal(sent.headers.authorization, 'Bearer sk-CANARY-provider-draw');
		assert.equal(sent.headers['x-own'], 'fixed');
		assert.deepEqual(Object.keys(sent.headers).filter((name) => ['cookie', 'x-other', 'x-api-key', 'x-litellm-api-key'].includes(name)), []);
		assert.ok(!JSON.stringify(sent.headers).includes(key));
		assert.equal(reply.headers['content-type'], 'application/x-own');
		assert.equal(await billed(reply), PRICE);
		const [attempt] = await attempts(reply);
		assert.deepEqual([attempt.provider, attempt.model, attempt.cost_nano, attempt.outcome], ['pass_through', '/draw', PRICE, 'ok']);
	});

	test('answers go back as they are', async () => {
		const page = await send('/draw/page', { method: 'GET' });
		assert.equal(log.at(-1).method, 'GET');
		assert.deepEqual([page.status, page.text, page.headers['content-type'], page.headers['content-security-policy']], [200, '<script>1</script>', 'text/html', 'sandbox']);
		const wrong = await send('/draw/wrong', { body: '{}' });
		assert.deepEqual([wrong.status, wrong.text], [422, '{"detail": "no such size", "model": "x"}']);
		const nothing = await send('/draw/nothing', { body: '{}' });
		assert.deepEqual([nothing.status, nothing.text], [204, '']);
		for (const reply of [page, wrong, nothing]) assert.equal(await billed(reply), PRICE);
	});

	test('an event stream goes back byte for byte', async () => {
		const reply = await send('/draw/stream', { body: '{"stream": true}' });
		assert.match(reply.headers['content-type'], /^text\/event-stream/);
		assert.equal(reply.text, events);
		assert.equal(await billed(reply), PRICE);
	});

	test('what may have been done is charged in full, once', async () => {
		const before = log.length;
		const cut = await send('/draw/cut', { body: '{}' });
		assert.equal(cut.text, events.slice(0, 30));
		assert.equal(await billed(cut), PRICE);
		const away = await send('/draw/away', { body: '{}' });
		assert.ok(away.status >= 500);
		assert.equal(await billed(away), PRICE);
		assert.equal(log.length, before + 2);
	});

	test('what was not done costs nothing, and nobody else is asked', async () => {
		const before = log.length;
		const down = await send('/draw/down', { body: '{}' });
		assert.equal(down.status, 503);
		assert.equal(await billed(down), 0);
		assert.equal(log.length, before + 1);
		const gone = await send('/gone', { body: '{}' });
		assert.ok(gone.status >= 500);
		assert.equal(await billed(gone), 0);
		const metadata = await send('/metadata', { body: '{}' });
		assert.ok(metadata.status >= 500);
		assert.equal(await billed(metadata), 0);
		assert.equal(log.length, before + 1);
	});

	test('a free one costs nothing, and the longest path wins', async () => {
		const reply = await send('/draw/echo', { method: 'PATCH', body: 'abc' });
		assert.deepEqual([reply.status, reply.text, log.at(-1).method, log.at(-1).url], [200, 'abc', 'PATCH', '/other/echo']);
		assert.equal(await billed(reply), 0);
	});

	test('only what is offered is there', async () => {
		const before = log.length;
		for (const path of ['/unpriced', '/guarded', '/drawing', '/gone/below', '/nowhere']) assert.equal((await send(path, { body: '{}' })).status, 404, path);
		const other = await send('/draw/x', { method: 'DELETE' });
		assert.deepEqual([other.status, other.headers.allow], [405, 'POST, GET']);
		for (const path of ['/draw/../v1/x', '/draw/%2e%2e/x', '/draw//x', '/draw/a%2fb']) {
			const raw = await new Promise((done, failed) => http.request({ host: '127.0.0.1', port: new URL(gw.base).port, path, method: 'POST', headers: { authorization: `Bearer ${key}` } },
				(reply) => { reply.resume(); reply.on('end', () => done(reply.statusCode)); }).on('error', failed).end('{}'));
			assert.ok(raw >= 400 || front === 'nginx', `${path}: ${raw}`);
		}
		assert.ok(log.slice(before).every((call) => call.url.startsWith('/v2/')));
		assert.equal((await send('/draw/x', { by: 'sk-wrong', body: '{}' })).status, 401);
		const models = await request(`${gw.base}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
		assert.deepEqual(models.json.data.map((one) => one.id), ['chatty']);
		const at = log.length; // it goes to the fallback, as from any model of another kind
		await send('/v1/chat/completions', { body: { model: '/draw', messages: [{ role: 'user', content: 'hi' }] } });
		assert.ok(log.length > at && log.slice(at).every((call) => call.url === '/v1/chat/completions'));
	});

	test('keys of other models do not reach it, unless it is among theirs', async () => {
		const narrow = await gw.key('--models', 'chatty'), wide = await gw.key('--models', 'chatty,/draw');
		const before = log.length;
		assert.equal((await send('/draw/x', { by: narrow, body: '{}' })).status, 404);
		assert.equal(log.length, before);
		assert.equal((await send('/draw/x', { by: wide, body: '{}' })).status, 200);
	});

	test('a budget that lacks the price refuses before anything is sent', async () => {
		const poor = await gw.key('--budget', '0.03/1d');
		assert.equal((await send('/draw/x', { by: poor, body: '{}' })).status, 200);
		const before = log.length, reply = await send('/draw/x', { by: poor, body: '{}' });
		assert.equal(reply.status, 429);
		assert.match(reply.text, /budget/);
		assert.equal(log.length, before);
		const metrics = (await request(`${gw.base}/metrics`, { headers: { authorization: `Bearer ${MASTER_KEY}` } })).text;
		assert.match(metrics, /pass_through/);
	});
});
