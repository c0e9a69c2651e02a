// Alerts as the person on duty gets them: at a webhook, by mail, on the panel and on the command line; each once.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { chat, request } from './lib/client.mjs';
import { makeAdmin, Panel } from './lib/panel.mjs';
import { freePort, MASTER_KEY, sleep, until } from './lib/sandbox.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { gateway, upstream } from './lib/story.mjs';
import { play } from './lib/upstream.mjs';

const SECRET = 'T0CANARYHOOK/B0CANARYHOOK';
let up, hook;

// A receiver of webhooks: says what it was told to say, keeps what it got.
async function receiver() {
	const got = [];
	const server = http.createServer((req, res) => {
		let body = '';
		req.on('data', (piece) => { body += piece; });
		req.on('end', () => {
			got.push({ url: req.url, body: JSON.parse(body), status: made.status });
			res.statusCode = made.status;
			res.end('ok');
		});
	});
	await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
	const made = { got, status: 200, url: `http://127.0.0.1:${server.address().port}/services/${SECRET}`,
		texts: () => got.filter((one) => one.status === 200).map((one) => one.body.text ?? one.body.content), close: () => server.close() };
	return made;
}

before(async () => {
	up = await upstream();
	hook = await receiver();
});
after(() => hook.close());

const plan = (alerts, url) => settings([deployment('m', up.base), deployment('spare', up.base), deployment('dear', up.base, { tier: 'premium' })],
	{ router: { fallbacks: [{ m: ['dear', 'spare'] }], allowed_fails: 1000 }, sideways: { alerts: { minimum_requests: 5, ...(url ? { webhooks: [{ url, shape: 'slack' }] } : {}), ...alerts } } });

// The periodic work is due every 30 s; a test does not wait for it.
const look = async (gw) => { await gw.sql('UPDATE claim SET until_ms = 0'); };
// What was sampled is older now than it is.
const age = async (gw, ms) => { await gw.sql(`UPDATE alert_sample SET at_ms = at_ms - ${ms}; UPDATE alert SET seen_ms = seen_ms - ${ms}`); };
const samples = async (gw) => (await gw.sql('SELECT count(DISTINCT at_ms) AS n FROM alert_sample'))[0].n;

async function outage(gw, key) {
	await until(async () => await samples(gw) > 0, { what: () => 'a first sample', ms: 8000 });
	up.always('m', play.status(500));
	up.always('spare', play.ok());
	for (let i = 0; i < 6; i++) assert.equal((await chat(gw, key, { model: 'm', max_tokens: 20 })).status, 200);
}

test('two workers see an outage; the webhook hears of each alert once, and once of its end', async () => {
	const gw = await gateway({ front: 'nginx', server: { workers: 2 }, settings: plan({}, hook.url) });
	const key = await gw.key();
	hook.got.length = 0;
	await look(gw);
	await outage(gw, key);
	await look(gw);
	await until(() => hook.texts().length >= 2, { what: () => JSON.stringify(hook.got), ms: 8000 });
	for (let i = 0; i < 3; i++) { await look(gw); await sleep(1200); }
	const began = hook.texts();
	assert.equal(began.filter((text) => /fallback_rate/.test(text)).length, 1, began.join('\n'));
	assert.equal(began.filter((text) => /critical: blocked_upward/.test(text)).length, 1, began.join('\n'));
	assert.match(began.join('\n'), /100\.0 % of the requests of the last minutes left the model group they asked for \(6 of 6/);

	const panel = new Panel(gw.base);
	makeAdmin(gw, 'ada');
	await panel.signIn('ada');
	const page = await panel.get('/alerts');
	assert.equal(page.status, 200, page.text);
	assert.match(page.text, /Blocked upward/);
	assert.ok(!page.text.includes('CANARYHOOK'));
	const overview = (await panel.get('/')).text;
	assert.match(overview, /left the model group they asked for \(6 of 6/);
	assert.doesNotMatch(overview, /answered by a fallback/); // some of these nobody answered
	const listed = await gw.cli('alerts', 'list');
	assert.equal(listed.status, 1);
	assert.match(listed.stdout, /blocked_upward/);
	assert.match((await request(`${gw.base}/metrics`, { headers: { authorization: `Bearer ${MASTER_KEY}` } })).text, /sideways_alerts\{rule="fallback_rate"\} 1/);

	// Ten minutes later nothing has happened since.
	await age(gw, 600000);
	await look(gw);
	await until(async () => (await gw.sql('SELECT min(until_ms) AS until FROM claim'))[0].until > 0, { ms: 8000 });
	await sleep(300);
	await age(gw, 600000);
	await look(gw);
	await until(() => hook.texts().filter((text) => /over: /.test(text)).length >= 2, { what: () => hook.texts().join('\n'), ms: 8000 });
	await look(gw);
	await sleep(1500);
	assert.equal(hook.texts().filter((text) => /over: fallback_rate/.test(text)).length, 1);
	assert.equal((await gw.cli('alerts', 'list', '--json')).status, 0);
	assert.ok(!gw.output(Infinity).includes('CANARYHOOK'), 'the URL is in the log');
});

test('a receiver that is down is told when it is back, once', async () => {
	const flaky = await receiver();
	flaky.status = 503;
	const gw = await gateway({ settings: plan({}, flaky.url) });
	await look(gw);
	await outage(gw, await gw.key());
	await look(gw);
	await until(async () => (await gw.sql("SELECT count(*) AS n FROM alert_delivery WHERE error LIKE '%status 503%'"))[0].n >= 1, { ms: 8000 });
	assert.equal(flaky.texts().length, 0);
	flaky.status = 200;
	for (let i = 0; i < 3; i++) {
		await gw.sql('UPDATE alert_delivery SET next_ms = 0');
		await look(gw);
		await sleep(1300);
	}
	assert.equal(flaky.texts().filter((text) => /fallback_rate/.test(text)).length, 1, flaky.texts().join('\n'));
	assert.ok(!gw.output(Infinity).includes('CANARYHOOK'), 'the URL is in the log');
	flaky.close();
});

test('under CGI the same, after the client has its answer', async () => {
	const slow = await receiver();
	const gw = await gateway({ front: 'cgi', settings: plan({}, slow.url) });
	const key = await gw.key();
	assert.equal((await chat(gw, key, { model: 'spare', max_tokens: 20 })).status, 200);
	await outage(gw, key);
	await look(gw);
	const begun = Date.now();
	assert.equal((await chat(gw, key, { model: 'm', max_tokens: 20 })).status, 200);
	assert.ok(Date.now() - begun < 20000);
	await until(() => slow.texts().some((text) => /fallback_rate/.test(text)), { what: () => JSON.stringify(slow.got), ms: 8000 });
	await look(gw);
	assert.equal((await chat(gw, key, { model: 'm', max_tokens: 20 })).status, 200);
	await sleep(500);
	assert.equal(slow.texts().filter((text) => /fallback_rate/.test(text)).length, 1);
	slow.close();
});

// The least of SMTP: takes one mail and keeps it.
async function smtpSink() {
	const mails = [];
	const server = net.createServer((socket) => {
		let text = '', data = false;
		socket.write('220 sink\r\n');
		socket.on('data', (piece) => {
			text += piece;
			for (;;) {
				const end = data ? text.indexOf('\r\n.\r\n') : text.indexOf('\r\n');
				if (end < 0) return;
				const line = text.slice(0, end);
				text = text.slice(end + (data ? 5 : 2));
				if (data) { mails.push(line); data = false; socket.write('250 kept\r\n'); }
				else if (/^DATA/i.test(line)) { data = true; socket.write('354 go on\r\n'); }
				else if (/^QUIT/i.test(line)) { socket.end('221 bye\r\n'); }
				else if (/^(EHLO|HELO)/i.test(line)) socket.write('250 sink\r\n');
				else socket.write('250 ok\r\n');
			}
		});
		socket.on('error', () => {});
	});
	await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
	return { mails, url: `smtp://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

test('sideways alerts test tells every destination, and says what came back', async () => {
	const sink = await smtpSink();
	const dead = await freePort();
	const gw = await gateway({ settings: plan({ email: { to: ['ops@example.org', 'two@example.org'], from: 'gw@example.org', smtp: sink.url },
		webhooks: [{ url: hook.url, shape: 'discord' }, { url: hook.url.replace('/services/', '/teams/'), shape: 'teams' }, hook.url.replace('/services/', '/own/'), `http://127.0.0.1:${dead}/${SECRET}`] }) });
	hook.got.length = 0;
	const { status, stdout, stderr } = await gw.cli('alerts', 'test');
	assert.equal(status, 1, stdout + stderr);
	assert.match(stdout, /^mail-[0-9a-f]{8}: told$/m);
	assert.match(stdout, /^discord-[0-9a-f]{8}: told$/m);
	assert.match(stdout, /^json-[0-9a-f]{8}: the webhook did not answer/m);
	assert.ok(!(stdout + stderr).includes('CANARYHOOK'));
	assert.match(hook.got[0].body.content, /test/);
	assert.deepEqual(hook.got[0].body.allowed_mentions, { parse: [] });
	assert.match(hook.got[1].body.attachments[0].content.body[0].text, /nothing is wrong/);
	assert.equal(hook.got[2].body.event, 'test');
	assert.match(sink.mails[0], /^To: ops@example.org,two@example.org\r$/m);
	assert.match(sink.mails[0], /nothing is wrong/);
	sink.close();
});

test('mail by a sendmail program, which gets none of our secrets', async () => {
	const gw = await gateway({ start: false, settings: plan({ email: { to: 'ops@example.org', sendmail: '/bin/false' } }), env: { OPENAI_API_KEY: 'sk-CANARY-provider-env' } });
	const program = path.join(gw.dir, 'sendmail');
	fs.writeFileSync(program, `#!/bin/sh\n{ echo "$@"; env; cat; } >"${gw.dir}/mail"\n`, { mode: 0o755 });
	const failed = await gw.cli('alerts', 'test');
	assert.match(failed.stdout, /\/bin\/false did not take the mail \(exit status 1\)/);
	fs.writeFileSync(gw.config, fs.readFileSync(gw.config, 'utf8').replace('/bin/false', program));
	const { stdout } = await gw.cli('alerts', 'test');
	assert.match(stdout, /told/);
	const mail = fs.readFileSync(path.join(gw.dir, 'mail'), 'utf8');
	assert.match(mail, /^-i -t$/m);
	assert.match(mail, /^Subject: Sideways: warning: test$/m);
	assert.ok(!mail.includes('CANARY'), mail);
});
