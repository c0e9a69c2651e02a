// A provider whose TLS is broken: nothing can have been billed, the fallback answers, and what was held is given back.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { after, before, test } from 'node:test';
import { chat } from './lib/client.mjs';
import { ownSpace, standIn } from './lib/own_space.mjs';
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

// Whom a program trusts is this machine's: in a name space of its own another file stands in its place.
const TRUSTED = '/etc/ssl/certs/ca-certificates.crt';

// A certificate for 127.0.0.1 with an authority of its own, good in a time (a year's, in OpenSSL's words).
function signed(from, until) {
	const file = (name) => path.join(folder, name), openssl = (...args) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
	fs.writeFileSync(file('ca.cnf'), '[ca]\ndefault_ca=d\n[d]\ndatabase=index\nnew_certs_dir=.\nserial=serial\ndefault_md=sha256\npolicy=p\nx509_extensions=e\nunique_subject=no\n[p]\ncommonName=supplied\n[e]\nsubjectAltName=IP:127.0.0.1\n');
	fs.writeFileSync(file('index'), '');
	fs.writeFileSync(file('serial'), '01\n');
	const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
	openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=test authority', '-days', '30');
	openssl('req', ...key, '-keyout', 'old.key', '-out', 'old.csr', '-subj', '/CN=127.0.0.1');
	openssl('ca', '-batch', '-config', 'ca.cnf', '-cert', 'ca.crt', '-keyfile', 'ca.key', '-in', 'old.csr', '-out', 'old.crt', '-notext', '-startdate', from, '-enddate', until);
	return { key: fs.readFileSync(file('old.key')), cert: fs.readFileSync(file('old.crt')), ca: file('ca.crt') };
}

test('a certificate that has expired is told apart from one that nobody signed', { skip: ownSpace(TRUSTED) ? false : 'no name spaces here' }, async () => {
	const { key, cert, ca } = signed('20240101000000Z', '20240201000000Z'), seen = { requests: 0 };
	for (const [made, words] of [[{ key, cert }, /the provider's certificate has expired/], [certificate('127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'), /signed by nobody but itself/]]) {
		const port = await listen(tls.createServer(made), seen);
		const gw = await gateway({ front: 'nginx', start: false, settings: settings([deployment('first', `https://127.0.0.1:${port}/v1`)]) });
		standIn(gw, ca, TRUSTED);
		await gw.start();
		const reply = await chat(gw, await gw.key(), { model: 'first' });
		assert.equal(reply.status, 502, reply.text);
		assert.match(reply.text, words);
		await gw.stop();
	}
	assert.equal(seen.requests, 0);
});

test('a price list comes from an https address that this machine trusts, and from no other', { skip: ownSpace(TRUSTED) ? false : 'no name spaces here' }, async () => {
	const list = { 'gpt-4o-mini': { litellm_provider: 'openai', mode: 'chat', input_cost_per_token: 2e-7, output_cost_per_token: 8e-7, max_input_tokens: 128000, max_output_tokens: 16384 } };
	const { key, cert, ca } = signed('20240101000000Z', '20990201000000Z');
	const server = https.createServer({ key, cert }, (request, reply) => {
		if (request.url === '/moved.json') return reply.writeHead(302, { location: '/prices.json' }).end();
		if (request.url !== '/prices.json') return reply.writeHead(404).end();
		reply.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(list));
	});
	const port = await listen(server, { requests: 0 });
	const gw = await gateway({ front: 'nginx', start: false, settings: settings([{ model_name: 'mini', litellm_params: { model: 'openai/gpt-4o-mini', api_key: 'sk-CANARY-provider-mini' } }]) });
	const update = (name) => gw.cli('prices', 'update', `https://127.0.0.1:${port}/${name}`);

	const strange = await update('prices.json');
	assert.equal(strange.status, 2, strange.stdout);
	assert.match(strange.stderr, /nobody that this machine trusts|signed by/);
	standIn(gw, ca, TRUSTED);
	gw.program = gw.wrapper;
	const missing = await update('other.json');
	assert.equal(missing.status, 2);
	assert.match(missing.stderr, /status 404/);
	const moved = await update('moved.json');
	assert.equal(moved.status, 2, 'a list is taken from the address that was named');
	assert.match(moved.stderr, /status 302/);
	const { status, stdout, stderr } = await update('prices.json');
	assert.equal(status, 0, stderr);
	assert.match(stdout, /mini: openai\/gpt-4o-mini: \$0\.15 \/ \$0\.60 to \$0\.20 \/ \$0\.80/);
	assert.match(stdout, /Written to .*prices\.tsv/);
	assert.match(fs.readFileSync(path.join(gw.dir, 'prices.tsv'), 'utf8'), /^openai\tgpt-4o-mini\tchat\t0\.2\t0\.8/m);
});
