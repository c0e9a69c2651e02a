// One line a request for collectors, and the log on the command line.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { chat, stream } from './lib/client.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { until } from './lib/sandbox.mjs';
import { gateway, upstream } from './lib/story.mjs';
import { play } from './lib/upstream.mjs';

let up, gw, key, file;

before(async () => {
	up = await upstream();
	const deployments = [deployment('model', up.base), deployment('spare', up.base)];
	gw = await gateway({ front: 'nginx', server: { slots: 2 }, settings: settings(deployments, { litellm: { fallbacks: [{ model: ['spare'] }] },
		router: { disable_cooldowns: true }, sideways: { request_log: 'requests.jsonl' } }) });
	file = path.join(gw.dir, 'requests.jsonl');
	key = await gw.key('--alias', 'writer');
});

const lines = (at = file) => (fs.existsSync(at) ? fs.readFileSync(at, 'utf8').split('\n').slice(0, -1).map((line) => JSON.parse(line)) : []);
const ask = (body = {}) => chat(gw, key, { model: 'model', max_tokens: 20, messages: [{ role: 'user', content: 'CANARY-prompt' }], ...body });

test('a request leaves one line, with what the record has', async () => {
	const reply = await ask();
	assert.equal(reply.status, 200, reply.text);
	await until(() => lines().length === 1);
	const [line] = lines();
	const record = await gw.record(reply.headers['x-sideways-request-id']);
	assert.equal(line.id, record.id);
	assert.equal(line.event, 'request');
	assert.equal(line.key, 'writer');
	assert.equal(line.model, 'model');
	assert.equal(line.deployment, 'model');
	assert.equal(line.outcome, 'ok');
	assert.equal(line.cost, reply.headers['x-sideways-cost']);
	assert.equal(line.input_tokens, record.input_tokens);
	assert.equal(line.attempts, 1);
	assert.ok(Math.abs(new Date(line.time) - Date.now()) < 60000);
	assert.equal(fs.statSync(file).mode & 0o777, 0o600);
});

test('streams, fallbacks and failures have theirs; nobody has one without a key', async () => {
	const before = lines().length;
	await stream(gw, key, { model: 'model' }).over;
	up.next('model', play.status(500));
	await ask();
	assert.equal((await ask({ model: 'nothing' })).status, 404);
	assert.equal((await chat(gw, 'sk-wrong', { model: 'model' })).status, 401);
	await until(() => lines().length === before + 3);
	const [streamed, moved, failed] = lines().slice(before);
	assert.equal(streamed.stream, true);
	assert.equal(moved.fallbacks, 1);
	assert.equal(moved.deployment, 'spare');
	assert.equal(failed.outcome, 'model_not_found');
	assert.equal(failed.status, 404);
	assert.equal(failed.cost, '0');
});

test('an answer that is replayed to a retry has a line of its own', async () => {
	const before = lines().length;
	const send = () => chat(gw, key, { model: 'model', max_tokens: 20 }, { headers: { 'idempotency-key': 'once' } });
	await send();
	const second = await send();
	await until(() => lines().length === before + 2);
	const line = lines().at(-1);
	assert.equal(line.outcome, 'replayed');
	assert.equal(line.id, second.headers['x-sideways-request-id']);
	assert.equal(line.cost, '0');
});

test('processes share the file, and a file that is moved away is made anew', async () => {
	fs.renameSync(file, `${file}.1`);
	const before = lines(`${file}.1`).length;
	await Promise.all(Array.from({ length: 40 }, () => ask()));
	await until(() => lines().length === 40);
	assert.equal(lines(`${file}.1`).length, before);
	assert.equal(new Set(lines().map((line) => line.id)).size, 40);
});

test('a file that cannot be written stops nothing', async () => {
	fs.rmSync(file);
	fs.mkdirSync(file);
	assert.equal((await ask()).status, 200);
	assert.equal((await ask()).status, 200);
	await until(() => /requests\.jsonl cannot be written/.test(gw.output(Infinity)));
	fs.rmdirSync(file);
	await ask();
	await until(() => lines().length === 1);
});

test('sideways logs: a table, filters, JSON and CSV', async () => {
	await gw.quiet();
	const table = await gw.cli('logs');
	assert.equal(table.status, 0, table.stderr);
	assert.match(table.stdout, /^TIME \(UTC\) +KEY +MODEL/);
	assert.match(table.stdout, /spare \(fallback\)/);
	const json = JSON.parse((await gw.cli('logs', '--json', '--limit', '10000')).stdout);
	assert.equal(json.length, (await gw.sql('SELECT count(*) AS n FROM request'))[0].n);
	const ids = json.map((row) => row.id); // of when a request came; it may have had to wait before it started
	assert.deepEqual(ids, [...ids].sort(), 'oldest first, as in the table');
	const lines = (await gw.cli('logs', '--csv', '--limit', '10000')).stdout.trim().split('\r\n').slice(1);
	assert.deepEqual(lines.map((line) => line.split(',')[1].replaceAll('"', '')), json.map((row) => row.id));
	const moved = JSON.parse((await gw.cli('logs', '--json', '--fallbacks')).stdout);
	assert.deepEqual(moved.map((row) => row.deployment_id), ['spare']);
	const failed = JSON.parse((await gw.cli('logs', '--json', '--failed', '--key', 'writer')).stdout);
	assert.deepEqual(failed.map((row) => row.outcome), ['model_not_found']);
	const csv = (await gw.cli('logs', '--csv', '--model', 'nothing')).stdout.split('\r\n');
	assert.match(csv[0], /^started,id,key_id/);
	assert.equal(csv.length, 3);
	assert.match(csv[1], /"model_not_found"/);
	assert.equal((await gw.cli('logs', '--key', 'nobody')).status, 1);
	assert.equal((await gw.cli('logs', '--limit', 'all')).status, 2);
	const spend = (await gw.cli('spend', '--csv', '--by', 'model')).stdout.split('\r\n');
	assert.match(spend[0], /^name,cost_usd,requests/);
});

test('sideways logs --follow shows requests as they end', async (t) => {
	const tail = spawn(process.env.SIDEWAYS, ['logs', '--follow', '--json', '--limit', '1'], { env: gw.env, cwd: gw.dir, stdio: ['ignore', 'pipe', 'ignore'] });
	t.after(() => tail.kill('SIGKILL'));
	let text = '';
	tail.stdout.setEncoding('utf8').on('data', (piece) => { text += piece; });
	await until(() => text.includes('\n'));
	const slow = stream(gw, key, { model: 'model' });
	up.next('model', play.slow(10, 60));
	const quick = await ask();
	await slow.over;
	const ids = () => text.split('\n').slice(0, -1).map((line) => JSON.parse(line).id);
	await until(() => ids().includes(quick.headers['x-sideways-request-id']) && ids().includes(slow.headers['x-sideways-request-id']));
	assert.equal(new Set(ids()).size, ids().length, 'none is shown twice');
	const gone = new Promise((resolve) => tail.once('exit', (code, signal) => resolve(signal)));
	tail.kill('SIGINT');
	assert.equal(await gone, 'SIGINT');
});
