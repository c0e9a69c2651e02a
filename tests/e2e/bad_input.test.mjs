// What is wrong with a request is told clearly, calls nobody and loses nothing.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { bearer, chat, raw, request } from './lib/client.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { gateway, keepReply, upstream } from './lib/story.mjs';

for (const front of ['fastcgi', 'cgi', 'nginx']) describe(front, () => badInputBehind(front));

function badInputBehind(front) {
	let up, gw, key;
	const post = (body, headers = {}) => request(`${gw.base}/v1/chat/completions`, { method: 'POST', headers: { ...bearer(key), ...headers }, body });

	before(async () => {
		up = await upstream();
		gw = await gateway({ front, settings: settings([deployment('model', up.base)], { sideways: { max_body_mb: 1 } }),
			env: { http_proxy: 'http://127.0.0.1:9', HTTPS_PROXY: 'http://127.0.0.1:9', ALL_PROXY: 'http://127.0.0.1:9' } });
		key = await gw.key();
	});

	const message = '"messages":[{"role":"user","content":"x"}]';
	const bad = {
		'nothing at all': '',
		'white space': '  \n',
		'a word': 'hello',
		'a number': '17',
		'an array': '[]',
		'an open object': `{"model":"model",${message}`,
		'a trailing comma': `{"model":"model",${message},}`,
		'text after the end': `{"model":"model",${message}}x`,
		'a hundred thousand brackets': '['.repeat(100000),
		'a hundred thousand nested arrays': `{"model":"model",${message},"x":${'['.repeat(100000)}${']'.repeat(100000)}}`,
		'a NUL byte': `{"model":"mo\u0000del",${message}}`,
		'a raw control byte': `{"model":"mo\u0001del",${message}}`,
		'invalid UTF-8': Buffer.concat([Buffer.from('{"model":"model","messages":[{"role":"user","content":"'), Buffer.from([0xff, 0xc0, 0x80]), Buffer.from('"}]}')]),
		'an overlong slash': Buffer.concat([Buffer.from('{"model":"model","messages":[{"role":"user","content":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}]}')]),
		'no model': `{${message}}`,
		'an empty model': `{"model":"",${message}}`,
		'a model that is a number': `{"model":5,${message}}`,
		'no messages': '{"model":"model"}',
		'messages that are text': '{"model":"model","messages":"hello"}',
		'a stream that is text': `{"model":"model",${message},"stream":"yes"}`,
		'two models': `{"model":"model","model":"other",${message}}`,
		'two limits': `{"model":"model",${message},"max_tokens":1,"max_tokens":100000}`,
		'a bad escape': `{"model":"mod\\xel",${message}}`,
		'a bare word for a number': `{"model":"model",${message},"max_tokens":NaN}`,
		'UTF-16': Buffer.from(`{"model":"model",${message}}`, 'utf16le'),
	};

	for (const [name, body] of Object.entries(bad)) {
		test(`${name} is a 400 in OpenAI's shape`, async () => {
			const count = up.log.length;
			const reply = await post(body);
			assert.equal(reply.status, 400, reply.text);
			assert.equal(typeof reply.json.error.message, 'string');
			assert.ok(reply.json.error.message.length > 5);
			assert.equal(reply.json.error.type, 'invalid_request_error');
			assert.match(reply.headers['content-type'], /application\/json/);
			assert.equal(up.log.length, count, 'nobody was called');
			keepReply(reply.text);
		});
	}

	test('a NUL in a model name does not cut it short', async () => {
		const reply = await post(`{"model":"model\\u0000x",${message}}`);
		assert.ok([400, 404].includes(reply.status), `${reply.status}`);
	});

	test('a body over the limit is a 413, also when its length is not told', async () => {
		const big = `{"model":"model","messages":[{"role":"user","content":"${'x'.repeat(2 << 20)}"}]}`;
		const reply = await post(big);
		assert.equal(reply.status, 413, reply.text);
		assert.match(reply.json.error.message, /limit/);
		const path = new URL(gw.base).pathname.replace(/\/$/, '');
		const chunked = await raw(gw.port, `POST ${path}/v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n` +
			`${Buffer.byteLength(big).toString(16)}\r\n${big}\r\n0\r\n\r\n`);
		assert.match(chunked, /^HTTP\/1\.1 (413|411)/); // lighttpd does not pass chunked bodies on to CGI or a streaming FastCGI
	});

	test('a compressed body is a 415 that says so', async () => {
		const reply = await post(gzipSync(`{"model":"model",${message}}`), { 'content-encoding': 'gzip' });
		assert.equal(reply.status, 415, reply.text);
		assert.match(reply.json.error.message, /Content-Encoding 'gzip'/);
		assert.equal((await post(`{"model":"model",${message}}`, { 'content-encoding': 'identity' })).status, 200);
	});

	test('a body just below the limit passes', async () => {
		const reply = await post(`{"model":"model","max_tokens":5,"messages":[{"role":"user","content":"${'x'.repeat(90000)}"}]}`);
		assert.equal(reply.status, 200, reply.text);
	});

	test('a chunked body is read to its end', async () => {
		const path = new URL(gw.base).pathname.replace(/\/$/, '');
		const answer = await raw(gw.port, `POST ${path}/v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n` +
			`10\r\n{"model":"model"\r\n${(message.length + 2).toString(16)}\r\n,${message}}\r\n0\r\n\r\n`);
		assert.match(answer, /^HTTP\/1\.1 200/);
	});

	for (const path of ['/', '/v1', '/v1/chat', '/v1/chat/completions/', '/v1/chat/completions/more', '/admin/../v1/models', '/v1//models', '/v1/chat%2fcompletions', '/V1/models', '/v1/models%00']) {
		test(`the path ${path} is no route`, async () => {
			const at = new URL(gw.base).pathname.replace(/\/$/, '') + path;
			const answer = await raw(gw.port, `POST ${at} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}`);
			assert.match(answer, /^HTTP\/1\.1 (400|403|404|405)/, answer.slice(0, 300));
		});
	}

	test('an unknown path is a 404 in OpenAI\'s shape', async () => {
		const reply = await request(`${gw.base}/v1/nothing`, { headers: bearer(key) });
		assert.equal(reply.status, 404);
		assert.equal(reply.json.error.type, 'invalid_request_error');
	});

	test('a known path under another method is a 405 with Allow', async () => {
		for (const [method, path, allow] of [['GET', '/v1/chat/completions', 'POST'], ['DELETE', '/v1/models', 'GET'], ['PUT', '/health/readiness', 'GET']]) {
			const reply = await request(gw.base + path, { method, headers: bearer(key) });
			assert.equal(reply.status, 405, `${method} ${path}: ${reply.text}`);
			assert.match(reply.headers.allow, new RegExp(allow));
		}
	});

	test('HEAD of a health page has no body', async () => {
		const reply = await request(`${gw.base}/health/liveliness`, { method: 'HEAD' });
		assert.equal(reply.status, 200);
		assert.equal(reply.text, '');
	});

	test('words in the query string are no command line', async () => {
		for (const query of ['--version', '--config=/etc/passwd', 'check+/etc/passwd', 'keys+list', '--help']) {
			const reply = await request(`${gw.base}/health/liveliness?${query}`);
			assert.equal(reply.status, 200, query);
			assert.ok(!/sideways \d|usage|root:/i.test(reply.text), reply.text);
		}
	});

	test('a proxy in the environment or from the client is not used', async () => {
		const count = up.log.length;
		const reply = await chat(gw, key, { model: 'model' }, { headers: { proxy: 'http://127.0.0.1:9' } });
		assert.equal(reply.status, 200, reply.text);
		assert.equal(up.log.length, count + 1);
	});

	test('headers cannot be smuggled into the answer through a model name', async () => {
		const reply = await post(`{"model":"x\\r\\nx-evil: 1\\u2028","messages":[]}`);
		assert.ok(reply.status >= 400);
		assert.equal(reply.headers['x-evil'], undefined);
	});

	test('a client that goes away in the middle of its body hurts nobody', async () => {
		const path = new URL(gw.base).pathname.replace(/\/$/, '');
		await raw(gw.port, `POST ${path}/v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Length: 5000\r\n\r\n{"model"`, { ms: 300 });
		assert.equal((await chat(gw, key, { model: 'model' })).status, 200);
	});

	test('nothing was held for any of this', async () => {
		await gw.quiet();
		const audit = await gw.audit();
		assert.ok(audit.clean, audit.text);
		const [{ n }] = await gw.sql('SELECT coalesce(sum(cost_nano), 0) AS n FROM attempt');
		assert.equal(n, up.cost({ input: 500, output: 1000 }));
	});
}
