// Requests that do not come, come slowly, are cut or are no requests, and answers that nobody reads: nobody else notices,
// and nothing of it is sent to a provider.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { bearer, chat, request } from './lib/client.mjs';
import { begin, body, head, params, record, speak, ABORT, BEGIN, PARAMS, STDIN } from './lib/fastcgi.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { sleep, until } from './lib/sandbox.mjs';
import { gateway, upstream } from './lib/story.mjs';
import { play, words } from './lib/upstream.mjs';

let up;
const open = [];

before(async () => { up = await upstream(); });
after(() => { for (const socket of open) socket.destroy(); });

const plan = (sideways = {}, more = {}) => settings([deployment('model', up.base)], { sideways, ...more });
const threads = (pid) => fs.readdirSync(`/proc/${pid}/task`).length;
const CHAT = '/v1/chat/completions';
const asked = JSON.stringify({ model: 'model', max_tokens: 9, messages: [{ role: 'user', content: 'hello' }] });

// A client that announces a body and sends its first byte, then a byte now and then if trickle.
function silent(port, { key, trickle } = {}) {
	const socket = net.connect(port, '127.0.0.1');
	const state = { socket, text: '', closed: false };
	socket.write(`POST ${CHAT} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${key ? `Authorization: Bearer ${key}\r\n` : ''}Content-Length: 5000\r\n\r\n{`);
	const timer = trickle ? setInterval(() => socket.write(' '), 500) : undefined;
	socket.on('data', (chunk) => { state.text += chunk; });
	socket.on('error', () => {});
	socket.on('close', () => { clearInterval(timer); state.closed = true; });
	open.push(socket);
	return state;
}

test('behind the shipped lighttpd.conf 300 silent clients reach nobody, and a chunked body in packets is answered', async () => {
	const gw = await gateway({ front: 'lighttpdSpawned', settings: plan() });
	const key = await gw.key();
	const clients = Array.from({ length: 300 }, () => silent(gw.port, { key }));
	await sleep(300);
	for (let i = 0; i < 10; i++) assert.equal((await chat(gw, key, { model: 'model' }, { timeout: 3000, fresh: true })).status, 200);
	assert.ok(threads(gw.workers().at(-1)) < 20);
	for (const { socket } of clients) socket.destroy();
	const socket = net.connect(gw.port, '127.0.0.1');
	let text = '';
	socket.on('data', (chunk) => { text += chunk; });
	socket.write(`POST ${CHAT} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer ${key}\r\nTransfer-Encoding: chunked\r\n\r\n`);
	for (const piece of [asked.slice(0, 20), asked.slice(20, 40), asked.slice(40), '']) {
		await sleep(100);
		socket.write(`${piece.length.toString(16)}\r\n${piece}\r\n`);
	}
	await until(() => /Hello from upstream/.test(text), { what: () => `the answer, not ${text}` });
	socket.destroy();
	await gw.stop();
});

// What happens where the web server does not collect bodies: lighttpd with 1 or 2, nginx without request buffering, Apache.
describe('behind a lighttpd that hands bodies over as they come', () => {
	let gw, key;

	before(async () => {
		gw = await gateway({ front: 'lighttpdSpawned', server: { spoil: [['server.stream-request-body = 0', 'server.stream-request-body = 2']] }, settings: plan() });
		key = await gw.key();
	});

	for (const [name, options] of [['silent', {}], ['slow', { trickle: true }]]) test(`300 ${name} clients without a key hold no thread, and are sent away`, async () => {
		const clients = Array.from({ length: 300 }, () => silent(gw.port, options));
		await sleep(300);
		for (let i = 0; i < 10; i++) {
			assert.equal((await chat(gw, key, { model: 'model' }, { timeout: 3000, fresh: true })).status, 200);
			assert.equal((await request(`${gw.base}/health/liveliness`, { timeout: 3000 })).status, 200);
			assert.ok((await request(`${gw.base}/admin/sign-in`, { timeout: 3000 })).status < 400);
		}
		assert.ok(threads(gw.workers().at(-1)) < 40, `${threads(gw.workers().at(-1))} threads`);
		await until(() => clients.every((one) => one.closed || /^HTTP\/1.1 401 /.test(one.text)), { ms: 8000, what: () => 'all to be refused' });
		for (const { socket } of clients) socket.destroy();
	});

	test('300 silent clients with a key hold no thread either', async () => {
		const clients = Array.from({ length: 300 }, () => silent(gw.port, { key }));
		await sleep(1500);
		for (let i = 0; i < 10; i++) assert.equal((await chat(gw, key, { model: 'model' }, { timeout: 3000, fresh: true })).status, 200);
		assert.ok(threads(gw.workers().at(-1)) < 40, `${threads(gw.workers().at(-1))} threads`);
		assert.ok(clients.every((one) => !one.closed), 'they still have time');
		for (const { socket } of clients) socket.destroy();
	});

	test('a body that comes in pieces over a second is answered', async () => {
		const socket = net.connect(gw.port, '127.0.0.1');
		let text = '';
		socket.on('data', (chunk) => { text += chunk; });
		socket.write(`POST ${CHAT} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer ${key}\r\nContent-Length: ${asked.length}\r\n\r\n`);
		for (const piece of asked.match(/.{1,25}/gs)) {
			socket.write(piece);
			await sleep(150);
		}
		await until(() => /Hello from upstream/.test(text), { what: () => `the answer, not ${text}` });
		socket.destroy();
	});

	test('an unknown URL is refused before its body is there', async () => {
		const socket = net.connect(gw.port, '127.0.0.1');
		let text = '';
		socket.on('data', (chunk) => { text += chunk; });
		socket.on('error', () => {});
		socket.write(`POST /v1/nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n{`);
		await until(() => /^HTTP\/1.1 404 .*no such URL/s.test(text), { ms: 6000, what: () => `a refusal, not ${text}` });
		socket.destroy();
	});
});

describe('on the socket itself', () => {
	let gw, key, socket, pid;

	before(async () => {
		gw = await gateway({ front: 'nginx', settings: plan() });
		key = await gw.key();
		socket = path.join(gw.dir, 'serve.sock');
		pid = gw.workers().filter((one) => one !== gw.child('sideways').pid)[0];
	});
	const lives = async () => {
		assert.deepEqual(gw.workers().filter((one) => one !== gw.child('sideways').pid), [pid], 'the process has ended');
		assert.equal((await chat(gw, key, { model: 'model' })).status, 200);
	};

	test('a request in one piece and byte by byte', async () => {
		assert.equal((await speak(socket, Buffer.concat([head(CHAT, { key, length: asked.length }), body(asked)]))).status, 200);
		assert.equal((await speak(socket, Buffer.concat([head(CHAT, { key }), body(asked)]))).status, 200);
	});

	test('records that cannot be end their connection, not the process', async () => {
		const negative = Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
		const bad = [
			Buffer.concat([begin(), record(PARAMS, negative), record(PARAMS), record(STDIN)]),
			Buffer.concat([begin(), record(PARAMS, Buffer.from([5])), record(PARAMS), record(STDIN)]),
			Buffer.concat([begin(), begin()]),
			Buffer.concat([begin(), record(STDIN, 'x')]),
			Buffer.concat([begin(), record(PARAMS), record(PARAMS, 'x')]),
			record(BEGIN, 'short'),
			record(BEGIN, Buffer.alloc(8), 0),
			Buffer.from('GET / HTTP/1.1\r\n\r\n'),
			Buffer.alloc(100, 0xff),
		];
		for (const bytes of bad) {
			const reply = await speak(socket, bytes);
			assert.ok(reply.closed, `${bytes.subarray(0, 40).toString('hex')} was left open`);
		}
		for (const bytes of [record(PARAMS, negative), record(STDIN, 'x'), record(200, 'x', 0), Buffer.concat([head(CHAT, { key }), record(ABORT)]), begin().subarray(0, 5)])
			await speak(socket, bytes, { hangUp: true });
		await lives();
	});

	test('a body that is cut or shorter than announced is not sent to the provider', async () => {
		const count = up.log.length;
		await speak(socket, Buffer.concat([head(CHAT, { key, length: asked.length }), record(STDIN, asked)]), { hangUp: true });
		await speak(socket, Buffer.concat([head(CHAT, { key }), record(STDIN, asked)]), { hangUp: true });
		await speak(socket, Buffer.concat([head(CHAT, { key }), record(STDIN, asked), record(ABORT)]), { hangUp: true });
		const short = await speak(socket, Buffer.concat([head(CHAT, { key, length: asked.length + 3 }), body(asked)]));
		assert.equal(short.status, 400, short.text);
		assert.match(short.text, /promised/);
		const long = await speak(socket, Buffer.concat([head(CHAT, { key, length: asked.length - 3 }), body(asked)]));
		assert.equal(long.status, 400, long.text);
		assert.equal(up.log.length, count);
		await lives();
	});

	// What each way in takes; a body without an announced length may end anywhere.
	const BODIES = {
		[CHAT]: { model: 'model', stream: true, messages: [{ role: 'user', content: 'a "b" \u00e9 c' }], max_tokens: 9 },
		'/v1/completions': { model: 'model', prompt: 'x', max_tokens: 9 },
		'/v1/messages': { model: 'model', max_tokens: 9, messages: [{ role: 'user', content: 'x' }] },
		'/v1/responses': { model: 'model', input: 'x', max_output_tokens: 9 },
		'/v1/embeddings': { model: 'model', input: ['x', 'y'] },
		'/v1beta/models/model:generateContent': { contents: [{ role: 'user', parts: [{ text: 'x' }] }] },
	};
	for (const [url, json] of Object.entries(BODIES)) test(`JSON that ends early is refused, wherever: ${url}`, async () => {
		const text = Buffer.from(JSON.stringify(json)), count = up.log.length;
		for (let at = 0; at < text.length; at++) {
			const reply = await speak(socket, Buffer.concat([head(url, { key }), body(text.subarray(0, at))]));
			assert.equal(reply.status, 400, `${text.subarray(0, at)}: ${reply.text}`);
		}
		assert.equal(up.log.length, count);
	});

	test('what is no POST body holds nothing: a connection that says nothing, half a head', async () => {
		const before = threads(pid);
		const sockets = Array.from({ length: 100 }, (_, i) => net.connect(socket, function send() { if (i % 2) this.write(head(CHAT, { key }).subarray(0, 20 + i)); }));
		for (const one of sockets) open.push(one.on('error', () => {}));
		await sleep(200);
		assert.ok(threads(pid) <= before + 2);
		await lives();
	});
});

test('300 silent clients take no descriptor that others need, where there are 256 in all', { timeout: 120000 }, async () => {
	const gw = await gateway({ front: 'nginx', start: false, settings: plan() });
	gw.wrapper = path.join(gw.dir, 'sideways-of-256');
	fs.writeFileSync(gw.wrapper, `#!/bin/sh\nexec prlimit --nofile=256:256 "${path.resolve(process.env.SIDEWAYS)}" "$@"\n`, { mode: 0o755 });
	await gw.start();
	const key = await gw.key();
	let away = 0;
	const silent = Array.from({ length: 300 }, () => {
		const socket = net.connect(path.join(gw.dir, 'serve.sock'));
		socket.on('error', () => {});
		socket.on('close', () => { away += 1; });
		socket.resume(); // so that it sees that it was sent away
		socket.write(head(CHAT, { length: 5000 }).subarray(0, 12)); // the beginning of a head
		return socket;
	});
	try {
		await until(() => away >= 172, { ms: 30000, what: () => `half of all to be kept free: ${away} were sent away` });
		for (let i = 0; i < 20; i++) {
			const reply = await chat(gw, key, { model: 'model' }, { fresh: true });
			assert.equal(reply.status, 200, reply.text);
		}
	} finally {
		for (const socket of silent) socket.destroy();
	}
	await gw.stop();
});

describe('a slow reader', () => {
	test('of a whole answer holds no thread, of an endless stream none after request_timeout', { timeout: 60000 }, async () => {
		const gw = await gateway({ front: 'nginx', settings: plan({ max_concurrency: 1 }, { litellm: { request_timeout: 3 } }) });
		const key = await gw.key();
		const socketPath = path.join(gw.dir, 'serve.sock');
		const slow = (json) => {
			const text = JSON.stringify({ model: 'model', max_tokens: 9, messages: [{ role: 'user', content: 'x' }], ...json });
			const socket = net.connect(socketPath, () => socket.write(Buffer.concat([head(CHAT, { key, length: text.length }), body(text)])));
			const timer = setInterval(() => socket.read(1), 1000);
			socket.on('close', () => clearInterval(timer)).on('error', () => {});
			open.push(socket);
		};
		const free = (ms) => until(async () => (await chat(gw, key, { model: 'model' }, { fresh: true })).status === 200, { ms, what: () => 'a thread' });

		up.next('model', play.ok({ text: 'x'.repeat(700000) }));
		let count = up.log.length;
		slow({});
		await until(() => up.log.length > count);
		await free(1500);

		const readable = open.at(-1);
		readable.end(); // its sending side only: it could still read, and does not
		const pid = gw.workers().filter((one) => one !== gw.child('sideways').pid)[0];
		const ticks = () => fs.readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ').slice(11, 13).reduce((a, b) => a + Number(b), 0);
		const used = ticks();
		await sleep(1500);
		assert.ok(ticks() - used < 40, `${ticks() - used} hundredths of a second for one who waits`);
		readable.destroy();

		up.next('model', play.ok({ text: Array.from({ length: 3000 }, () => 'y'.repeat(2000)).join(' ') }));
		count = up.log.length;
		slow({ stream: true });
		await until(() => up.log.length > count);
		await free(8000);
		await gw.quiet();
		assert.ok((await gw.audit()).clean);
		await gw.stop();
	});
});

test('a chunked body that is cut behind Apache is not sent to the provider', async () => {
	const gw = await gateway({ front: 'apacheProxy', settings: plan() });
	const key = await gw.key();
	const count = up.log.length;
	const chunk = (text) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
	for (const text of [asked, asked.slice(0, -1), asked.slice(0, 30)]) {
		const socket = net.connect(gw.port, '127.0.0.1', () => {
			socket.write(`POST ${CHAT} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer ${key}\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(text)}`);
			setTimeout(() => socket.destroy(), 200);
		});
		socket.on('error', () => {});
	}
	await sleep(1500);
	const told = up.log.length - count;
	const whole = await request(`${gw.base}${CHAT}`, { method: 'POST', headers: { ...bearer(key), 'transfer-encoding': 'chunked', 'content-type': 'application/json' }, body: asked });
	assert.equal(whole.status, 200, whole.text);
	assert.equal(told, 0, 'a cut body was sent on');
	await gw.stop();
});
