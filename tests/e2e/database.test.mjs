// When no durable hold can be taken, nothing is called: the gateway says so and heals by itself.
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { bearer, chat, request } from './lib/client.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { MASTER_KEY, sleep, until } from './lib/sandbox.mjs';
import { gateway, upstream } from './lib/story.mjs';

const run = promisify(execFile);

async function begin(front = 'nginx', more = {}) {
	const up = await upstream();
	const gw = await gateway({ front, settings: settings([deployment('m', up.base)]), ...more });
	return { up, gw };
}

async function refuses(gw, up, key, reason) {
	const count = up.log.length;
	const reply = await chat(gw, key, { model: 'm' });
	assert.equal(reply.status, 503, reply.text);
	assert.equal(typeof reply.json.error.message, 'string');
	assert.equal(up.log.length, count, 'no call without a durable hold');
	const ready = await request(`${gw.base}/health/readiness`);
	assert.equal(ready.status, 503);
	assert.equal(ready.json.db, 'disconnected');
	if (reason) assert.match(gw.output(), reason, 'the log tells the operator why');
	assert.equal((await request(`${gw.base}/health/liveliness`)).status, 200);
}

for (const front of ['nginx', 'cgi']) describe(front, () => {
	test('locked by another program: 503 when no lease covers more, and well again afterwards', async () => {
		const { up, gw } = await begin(front);
		const key = await gw.key();
		assert.equal((await chat(gw, key, { model: 'm' })).status, 200);
		await gw.quiet();
		// A report may be under way: who does not wait has no lock.
		const locker = spawn('sqlite3', ['-bail', '-cmd', '.timeout 20000', gw.db], { stdio: ['pipe', 'pipe', 'inherit'] });
		const ended = new Promise((resolve) => locker.once('exit', resolve));
		try {
			locker.stdin.write('BEGIN IMMEDIATE;\nSELECT 1;\n');
			await Promise.race([new Promise((resolve) => locker.stdout.once('data', resolve)), ended.then(() => assert.fail('the database was not locked'))]);
			// A lease that was taken before covers calls for a while, under CGI there is none.
			await until(async () => (await chat(gw, key, { model: 'm' })).status === 503, { ms: 30000, what: () => 'a refusal' });
			await refuses(gw, up, key, /lock|busy/i);
		} finally {
			locker.stdin.end('ROLLBACK;\n');
			await ended;
		}
		await until(() => gw.ready());
		assert.equal((await chat(gw, key, { model: 'm' })).status, 200);
		await gw.quiet();
		assert.ok((await gw.audit()).clean);
	});
});

describe('a database that cannot be used', () => {
	for (const [name, spoil] of [
		['zero bytes', (db) => fs.writeFileSync(db, '', { mode: 0o600 })],
		['another program\'s', (db) => execFileSync('sqlite3', [db, 'CREATE TABLE other (x); PRAGMA application_id = 99;'])],
		['text', (db) => fs.writeFileSync(db, 'this is no database\n'.repeat(500), { mode: 0o600 })],
		['readable by all', (db, gw) => { execFileSync(process.env.SIDEWAYS, ['keys', 'create'], { env: gw.env }); fs.chmodSync(db, 0o644); }],
		['a folder', (db) => fs.mkdirSync(db)],
	]) {
		test(`${name} is refused, and left as it is`, async () => {
			const up = await upstream();
			const gw = await gateway({ front: 'nginx', settings: settings([deployment('m', up.base)]), start: false });
			spoil(gw.db, gw);
			if (name !== 'a folder') fs.chmodSync(gw.db, name === 'readable by all' ? 0o644 : 0o600);
			const before = name === 'a folder' ? null : fs.readFileSync(gw.db);
			await gw.start();
			await refuses(gw, up, 'sk-whatever');
			if (before) assert.deepEqual(fs.readFileSync(gw.db), before);
			assert.equal((await gw.cli('keys', 'create')).status === 0, false);
			const audit = await gw.cli('audit');
			assert.notEqual(audit.status, 0);
			// The cause is mended: the gateway heals without a restart.
			fs.rmSync(gw.db, { recursive: true });
			for (const more of ['-wal', '-shm']) fs.rmSync(gw.db + more, { force: true });
			await until(() => gw.ready(), { ms: 8000, what: () => `readiness\n${gw.output()}` });
			assert.equal((await chat(gw, await gw.key(), { model: 'm' })).status, 200);
		});
	}

	test('corrupt pages are found, and nothing is called', async () => {
		const { gw, up } = await begin('nginx');
		const key = await gw.key();
		for (let i = 0; i < 20; i++) await chat(gw, key, { model: 'm' });
		await gw.stop();
		const size = fs.statSync(gw.db).size;
		const file = fs.openSync(gw.db, 'r+');
		fs.writeSync(file, Buffer.alloc(size - 4096, 0xa5), 0, size - 4096, 4096);
		fs.closeSync(file);
		for (const more of ['-wal', '-shm']) fs.rmSync(gw.db + more, { force: true });
		await gw.start();
		await refuses(gw, up, key);
		assert.notEqual((await gw.cli('audit')).status, 0);
	});

	test('a read-only folder and a full disk: 503, then well again', async (t) => {
		const up = await upstream();
		const gw = await gateway({ front: 'nginx', settings: settings([deployment('m', up.base)]), start: false });
		const state = `${gw.dir}/state`;
		try {
			await run('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=0700', 'tmpfs', state]);
		} catch (error) {
			if (process.env.E2E_REQUIRE_MOUNT) throw error;
			t.diagnostic('mount is not allowed here: chattr-like faults are covered by the read-only file below');
			return;
		}
		try {
			await gw.start();
			const key = await gw.key();
			assert.equal((await chat(gw, key, { model: 'm' })).status, 200);
			await gw.quiet();
			// Full.
			try {
				fs.writeFileSync(`${state}/ballast`, Buffer.alloc(4 << 20));
			} catch { /* what fits is there */ }
			let reply;
			const count = () => up.log.length;
			for (let i = 0; i < 200; i++) {
				const calls = count();
				reply = await chat(gw, key, { model: 'm' });
				if (reply.status === 503) {
					assert.equal(count(), calls, 'no call without a durable hold');
					break;
				}
			}
			assert.equal(reply.status, 503, 'the disk became full');
			fs.rmSync(`${state}/ballast`);
			await until(async () => (await chat(gw, key, { model: 'm' })).status === 200, { ms: 8000, what: () => 'an answer after the disk has room' });
			await gw.quiet();
			assert.ok((await gw.audit()).clean);
			// Read-only.
			await run('mount', ['-o', 'remount,ro', state]).catch(() => run('mount', ['-o', 'remount,ro,bind', state]).catch(() => null));
			if (/\bro\b/.test(fs.readFileSync('/proc/mounts', 'utf8').split('\n').find((line) => line.includes(state)) ?? '')) {
				await refuses(gw, up, key);
				await run('mount', ['-o', 'remount,rw', state]);
				await until(() => gw.ready(), { ms: 8000 });
			}
			await gw.stop();
		} finally {
			await gw.stop();
			await sleep(100);
			await run('umount', [state]).catch(() => run('umount', ['-l', state]));
		}
	});
});

// Budgets would begin again and keys be lost without a word.
describe('a database that is gone', () => {
	const remove = (gw) => { for (const end of ['', '-wal', '-shm']) fs.rmSync(gw.db + end, { force: true }); };

	for (const front of ['nginx', 'fastcgi', 'cgi']) test(`is noticed within a second, is not made anew, and \`database new\` begins again (${front})`, async () => {
		const { up, gw } = await begin(front);
		const key = await gw.key();
		assert.equal((await chat(gw, key, { model: 'm' })).status, 200);
		await gw.quiet();
		assert.deepEqual(fs.readdirSync(`${gw.dir}/state`).filter((name) => name.startsWith('made-')), [`made-${gw.db.split('/').pop()}`]);
		remove(gw);
		await sleep(front === 'cgi' ? 0 : 1600);
		await refuses(gw, up, key);
		const made = await gw.cli('keys', 'create');
		assert.equal(made.status, 1);
		assert.ok(made.stderr.includes(`sideways database new --db ${gw.db}`), made.stderr);
		assert.ok(!fs.existsSync(gw.db), 'nobody makes it anew');
		const begun = await gw.cli('database', 'new');
		assert.equal(begun.status, 0, begun.stderr);
		assert.equal((await gw.cli('database', 'new')).status, 1, 'there is one now');
		gw.own?.();
		await until(() => gw.ready(), { ms: 5000 });
		const again = await gw.key();
		assert.equal((await chat(gw, again, { model: 'm' })).status, 200);
		assert.ok((await chat(gw, key, { model: 'm' })).status >= 400);
	});

	test('is not made anew by a restart, and one that is put back serves on', async () => {
		const { up, gw } = await begin('nginx');
		const key = await gw.key();
		assert.equal((await chat(gw, key, { model: 'm' })).status, 200);
		await gw.quiet();
		assert.equal((await gw.cli('backup', 'copy.db')).status, 0);
		remove(gw);
		await gw.replace('sideways');
		await until(() => gw.answers());
		await refuses(gw, up, key, /is gone, and with it keys/);
		fs.renameSync(`${gw.dir}/copy.db`, gw.db);
		gw.own?.();
		await until(() => gw.ready(), { ms: 5000 });
		assert.equal((await chat(gw, key, { model: 'm' })).status, 200);
		// The backup may have a till of the process that was killed: whoever keeps house ends it within half a minute.
		await until(async () => (await gw.audit()).clean, { what: () => "an audit without differences", ms: 60000 });
	});

	test('one that comes back, or a backup in its place, is used again without a restart', async () => {
		const { up, gw } = await begin('nginx');
		const key = await gw.key();
		assert.equal((await chat(gw, key, { model: 'm' })).status, 200);
		await gw.quiet();
		assert.equal((await gw.cli('backup', 'copy.db')).status, 0);
		fs.renameSync(gw.db, `${gw.db}.away`);
		await sleep(1600);
		await refuses(gw, up, key);
		fs.renameSync(`${gw.db}.away`, gw.db);
		await until(() => gw.ready(), { ms: 5000 });
		assert.equal((await chat(gw, key, { model: 'm' })).status, 200);
		await gw.quiet();
		remove(gw);
		fs.renameSync(`${gw.dir}/copy.db`, gw.db);
		gw.own?.();
		await sleep(1600);
		await until(() => gw.ready(), { ms: 5000 });
		assert.equal((await chat(gw, key, { model: 'm' })).status, 200);
		await gw.quiet();
		assert.equal((await gw.sql('SELECT count(*) AS n FROM request'))[0].n, 2);
		assert.ok((await gw.audit()).clean);
	});
});

test('a program that reads without an end makes the WAL no longer than it must, is named, and leaves it short', async () => {
	const { gw } = await begin();
	const key = await gw.key(), wal = () => fs.statSync(`${gw.db}-wal`).size, MB = 1 << 20;
	const ask = async () => { assert.equal((await chat(gw, key, { model: 'm' })).status, 200); await sleep(60); };
	await ask();
	await gw.quiet();
	const reader = spawn('sqlite3', ['-readonly', gw.db], { stdio: ['pipe', 'pipe', 'ignore'] });
	try {
		reader.stdin.write('BEGIN;\nSELECT count(*) FROM request;\n');
		await new Promise((resolve) => reader.stdout.once('data', resolve));
		for (let i = 0; i < 1500 && wal() < 18 * MB; i++) await ask();
		assert.ok(wal() >= 18 * MB, `${wal()} bytes: the reader kept it`);
		const before = wal(), begun = Date.now(), COUNT = 60;
		for (let i = 0; i < COUNT; i++) await ask();
		const grown = wal() - before, seconds = (Date.now() - begun) / 1000;
		// A commit a second, of some 100 KB and the records; one a request would be 80 KB each, nearly 5 MB.
		assert.ok(grown < (seconds + 2) * 250000 + COUNT * 4000, `${grown} bytes in ${seconds} s`);
		assert.match((await gw.cli('doctor')).stdout, new RegExp(`-wal has \\d+ MB and grows with each commit while process ${reader.pid} \\(sqlite3\\) reads`));
		const told = (await request(`${gw.base}/metrics`, { headers: bearer(MASTER_KEY) })).text;
		assert.ok(Number(/^sideways_database_wal_bytes (\d+)$/m.exec(told)?.[1]) >= 18 * MB, 'the metric');
	} finally {
		reader.stdin.end();
		await new Promise((resolve) => reader.once('exit', resolve));
	}
	await until(async () => { await ask(); return wal() <= 16 * MB; }, { ms: 20000, what: () => `${wal()} bytes` });
	await gw.quiet();
	assert.ok((await gw.audit()).clean);
});
