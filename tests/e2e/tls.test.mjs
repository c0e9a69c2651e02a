// A provider whose TLS is broken: nothing can have been billed, the fallback answers, and what was held is given back.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { after, before, test } from 'node:test';
import { chat } from './lib/client.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { gateway, upstream } from './lib/story.mjs';

let up, folder;
const servers = [];

before(async () => {
	up = await upstream();
	folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sideways-tls-'));
});
after(() => {
	for (const server of servers) server.close();
	fs.rmSync(folder, { recursive: true, force: true });
});

function certificate(name, ...more) {
	const [key, cert] = ['key', 'crt'].map((end) => path.join(folder, `${name}.${end}`));
	execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out', cert, '-subj', `/CN=${name}`, ...more], { stdio: 'ignore' });
	return { key: fs.readFileSync(key), cert: fs.readFileSync(cert) };
}

// The port of a server; whatever gets through TLS is counted.
function listen(server, seen) {
	servers.push(server);
	server.on('connection', (socket) => socket.on('error', () => {}).unref());
	server.on('secureConnection', (socket) => socket.on('data', () => { seen.requests += 1; }));
	server.on('tlsClientError', () => {});
	return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
}

const FAULTS = {
	'a certificate that nobody signed': () => tls.createServer(certificate('127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1')),
	'a certificate of another name': () => tls.createServer(certificate('elsewhere.example')),
	'an old version of TLS only': () => tls.createServer({ ...certificate('v1'), maxVersion: 'TLSv1.1', minVersion: 'TLSv1' }),
	'a reset in the handshake': () => net.createServer((socket) => socket.once('data', () => socket.resetAndDestroy())),
	'an end in the handshake': () => net.createServer((socket) => socket.once('data', () => socket.end())),
	'plain HTTP instead': () => net.createServer((socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'))),
	'silence in the handshake': () => net.createServer(() => {}),
};

for (const [name, make] of Object.entries(FAULTS)) test(name, async () => {
	const seen = { requests: 0 };
	const port = await listen(make(), seen);
	const gw = await gateway({ front: 'nginx', settings: settings([deployment('first', `https://127.0.0.1:${port}/v1`), deployment('second', up.base)],
		{ router: { fallbacks: [{ first: ['second'] }] }, sideways: { connect_timeout: 2 } }) });
	const key = await gw.key();
	const reply = await chat(gw, key, { model: 'first' });
	assert.equal(reply.status, 200, reply.text);
	assert.equal(seen.requests, 0, 'a request went to a server that is not trusted');
	await gw.quiet();
	const [failed, answered] = await gw.attempts(reply.headers['x-sideways-request-id']);
	assert.equal(failed.state, 'released', JSON.stringify(failed));
	assert.equal(failed.cost_nano, 0);
	assert.equal(answered.state, 'settled');
	assert.ok((await gw.audit()).clean);
	await gw.stop();
});
