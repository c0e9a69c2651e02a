// Backup, secrets from a file, and the bundle for shared hosting as its owner would install it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chat, request } from './lib/client.mjs';
import { MASTER_KEY } from './lib/sandbox.mjs';
import { PROVIDER_KEY, deployment, settings } from './lib/settings.mjs';
import { gateway, upstream } from './lib/story.mjs';

const top = fileURLToPath(new URL('../..', import.meta.url));

test('a backup in use is whole, private, and overwrites nothing; restored, its keys are good', async () => {
	const up = await upstream();
	const gw = await gateway({ front: 'nginxSocket', settings: settings([deployment('main', up.base)]) });
	const key = await gw.key('--budget', '5/1d');
	let going = true;
	const asking = (async () => { while (going) assert.equal((await chat(gw, key, { model: 'main' })).status, 200); })();
	const copy = path.join(gw.dir, 'copy.db');
	const made = await gw.cli('backup', copy);
	going = false;
	await asking;
	assert.equal(made.status, 0, made.stderr);
	assert.equal(fs.statSync(copy).mode & 0o777, 0o600);
	assert.deepEqual(fs.readdirSync(gw.dir).filter((name) => /^copy/.test(name)), ['copy.db']);
	const again = await gw.cli('backup', copy);
	assert.notEqual(again.status, 0);
	assert.match(again.stderr, /there already/);
	const audit = await gw.cli('audit', '--db', copy);
	assert.ok([0, 1].includes(audit.status), audit.stderr);
	assert.match(audit.stdout, /^Clean/, audit.stdout);

	await gw.stop();
	for (const end of ['', '-wal', '-shm']) fs.rmSync(gw.db + end, { force: true });
	fs.renameSync(copy, gw.db);
	await gw.start();
	assert.equal((await chat(gw, key, { model: 'main' })).status, 200);
});

test('secrets come from a file of mode 0600, and from no other', async () => {
	const up = await upstream();
	const one = deployment('main', up.base, { params: { api_key: 'os.environ/PACKAGING_TEST_KEY' } });
	const gw = await gateway({ front: 'nginxSocket', settings: settings([one]), start: false });
	const file = path.join(path.dirname(gw.config), 'secrets.env');
	const look = async () => (await gw.cli('check', gw.config)).stdout + (await gw.cli('check', gw.config)).stderr;
	assert.match(await look(), /PACKAGING_TEST_KEY/);
	fs.writeFileSync(file, `# keys\nexport PACKAGING_TEST_KEY="${PROVIDER_KEY('main')}"\n`, { mode: 0o644 });
	fs.chmodSync(file, 0o644);
	assert.match(await look(), /mode 644, so that others can read/);
	fs.chmodSync(file, 0o600);
	assert.doesNotMatch(await look(), /PACKAGING_TEST_KEY/);
	await gw.start();
	assert.equal((await chat(gw, await gw.key(), { model: 'main' })).status, 200);
	assert.equal(up.log.at(-1).key, PROVIDER_KEY('main'));
	fs.rmSync(file);
});

test('the bundle: unpacked, installed, and it serves from .htaccess with its own libraries', async () => {
	const up = await upstream();
	const gw = await gateway({ front: 'bundleHtaccess', server: { top }, settings: settings([deployment('main', up.base)]) });
	const home = path.join(gw.dir, 'sideways');
	const run = (...args) => execFileSync(path.join(home, 'sideways'), args, { env: { PATH: gw.env.PATH }, encoding: 'utf8', ...gw.user });
	const key = run('keys', 'create', '--alias', 'first').trim();
	const reply = await chat(gw, key, { model: 'main' });
	assert.equal(reply.status, 200, reply.text);
	assert.ok(fs.existsSync(path.join(home, 'state', 'sideways.db')));
	assert.match(run('doctor', gw.base), /ok +streaming/);
	for (const name of ['sideways.cgi/../.htaccess', '.htaccess']) assert.ok([400, 403, 404].includes((await request(`${gw.base}/${name}`)).status), name);
	assert.ok(!fs.readFileSync(path.join(gw.dir, 'www', 'gw', 'sideways.cgi'), 'utf8').includes(MASTER_KEY));
	const loaded = execFileSync('ldd', [path.join(home, 'bin', 'sideways')], { env: { PATH: gw.env.PATH, LD_LIBRARY_PATH: path.join(home, 'lib') }, encoding: 'utf8' });
	assert.match(loaded, new RegExp(`libsqlite3.so.0 => ${home}/lib/`));
});

test('the manual names every command', () => {
	const manual = execFileSync(path.join(top, 'packaging/make-man'), [process.env.SIDEWAYS], { encoding: 'utf8' });
	for (const command of ['serve', 'doctor', 'backup', 'keys create', 'audit']) assert.ok(manual.includes(`.SS "${command}"`), command);
});
