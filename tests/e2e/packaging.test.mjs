// Backup, secrets from a file, and the bundle for shared hosting as its owner would install it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chat, request } from './lib/client.mjs';
import { Panel, PASSWORD } from './lib/panel.mjs';
import { MASTER_KEY } from './lib/sandbox.mjs';
import { bundle, makeBundle } from './lib/servers.mjs';
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
	// Nothing is of the host: the loader and libc are the bundle's own, and what starts them needs neither.
	const lib = path.join(home, 'lib');
	const loaded = execFileSync(path.join(lib, 'ld.so'), ['--inhibit-cache', '--library-path', lib, '--list', path.join(home, 'bin', 'sideways')], { env: {}, encoding: 'utf8' });
	for (const line of loaded.trim().split('\n')) assert.ok(/vdso|lib\/ld\.so|=> .*ld\.so/.test(line) || line.includes(`=> ${lib}/`), line);
	assert.match(loaded, /libc\.so\.6/);
	for (const file of [path.join(home, 'sideways'), path.join(gw.dir, 'www', 'gw', 'sideways.cgi')]) assert.match(execFileSync('readelf', ['-d', file], { encoding: 'utf8' }), /no dynamic section/);
});

const CODE = 'a code of my own making';
const setUp = (panel, fields) => panel.post('/setup', { code: CODE, name: 'ada', password: PASSWORD, again: PASSWORD, ...fields }, { from: '/setup' });
const byHand = (more = {}) => gateway({ front: 'bundleHtaccess', server: { top, byHand: true, ...more }, settings: settings([]) });
const withCode = (gw, home, mode = 0o600) => {
	const file = path.join(home, 'secrets.env');
	fs.writeFileSync(file, `SIDEWAYS_SETUP_CODE="${CODE}"\n`);
	fs.chmodSync(file, mode);
	if (gw.user) fs.chownSync(file, gw.user.uid, gw.user.gid);
};

test('the bundle without a shell: unpacked, its folder copied, the rest in a browser', async () => {
	const gw = await byHand();
	const home = path.join(gw.dir, 'sideways');
	const panel = new Panel(gw.base);
	for (const page of ['/', '/sign-in', '/keys']) assert.equal((await panel.get(page)).headers.location, '/gw/admin/setup', page);
	assert.equal((await panel.post('/sign-in', { name: 'ada', password: PASSWORD }, { from: '/setup' })).status, 503);
	const answer = await chat(gw, 'sk-sw-any', { model: 'main' });
	assert.equal(answer.status, 503);

	withCode(gw, home, 0o644);
	assert.match((await panel.get('/setup')).text, /set its mode to 600/);
	assert.equal((await setUp(panel)).status, 401);
	withCode(gw, home);
	const refused = await setUp(panel, { code: 'a code of another making' });
	assert.equal(refused.status, 401);
	assert.ok(!refused.text.includes(home), 'nothing is told about the place without the code');
	assert.ok(!fs.existsSync(path.join(home, 'sideways.yaml')), 'nothing is made without the code');

	const looked = await setUp(panel, { do: 'look', name: '', password: '', again: '' });
	assert.equal(looked.status, 200, looked.text);
	assert.match(looked.text, /id="way" data-url="\/gw\/health\/doctor\?token=[0-9a-f]{64}"/);
	assert.doesNotMatch(looked.text, /badge bad/);
	for (const file of ['sideways.yaml', 'state/sideways.db']) assert.equal(fs.statSync(path.join(home, file)).mode & 0o777, 0o600, file);
	assert.ok(!looked.text.includes(CODE));

	const made = await setUp(panel);
	assert.equal(made.headers.location, '/gw/admin/', made.text);
	assert.equal((await panel.get('/')).status, 200);
	assert.equal((await new Panel(gw.base).get('/setup')).status, 404);
	const created = await panel.post('/keys/new', { alias: 'first' }, { from: '/keys/new' });
	const key = /<code id="secret">(sk-[^<]+)</.exec(created.text)[1];
	assert.equal((await chat(gw, key, { model: 'demo-cheap' })).status, 200);
});

test('the set-up page: a place that is not in order gets no admin, and says what to change', async () => {
	const below = await byHand({ unpacked: 'www' });
	withCode(below, path.join(below.dir, 'www', 'sideways'));
	const panel = new Panel(below.base);
	const refused = await setUp(panel);
	assert.equal(refused.status, 422, refused.text);
	assert.match(refused.text, /sideways\.yaml lies below the document root/);
	assert.match(refused.text, /move it to a private folder beside the document root/);
	for (const name of ['secrets.env', 'sideways.yaml', 'state/sideways.db', 'bin/sideways']) {
		assert.equal((await request(`${below.url}/sideways/${name}`)).status, 403, name);
	}
	assert.equal((await panel.get('/')).headers.location, '/gw/admin/sign-in');
	await below.stop();

	const open = await byHand();
	const home = path.join(open.dir, 'sideways');
	withCode(open, home);
	fs.chmodSync(path.join(home, 'state'), 0o777);
	assert.match((await setUp(new Panel(open.base))).text, /chmod 700 [^<]*state/);
	fs.chmodSync(path.join(home, 'state'), 0o500);
	if (open.user) assert.match((await setUp(new Panel(open.base))).text, /state cannot be written by user/);
	fs.chmodSync(path.join(home, 'state'), 0o700);
	fs.chmodSync(path.join(home, 'sideways.yaml'), 0o666);
	assert.match((await setUp(new Panel(open.base))).text, /sideways\.yaml can be changed by every user/);
	fs.writeFileSync(path.join(home, 'sideways.yaml'), 'model_list: 5\n');
	fs.chmodSync(path.join(home, 'sideways.yaml'), 0o600);
	const broken = await setUp(new Panel(open.base));
	assert.equal(broken.status, 422);
	assert.match(broken.text, /sideways\.yaml cannot be used/);
});

test('a service without settings is set up in the browser, too, and serves at once', async () => {
	const gw = await gateway({ front: 'nginxSocket', settings: settings([]), env: { SIDEWAYS_SETUP_CODE: CODE }, start: false });
	fs.rmSync(gw.config);
	await gw.start();
	const panel = new Panel(gw.base);
	assert.equal((await panel.get('/')).headers.location, '/admin/setup');
	assert.equal((await setUp(panel, { code: 'a code of another making' })).status, 401);
	const made = await setUp(panel);
	assert.equal(made.headers.location, '/admin/', made.text);
	assert.equal((await chat(gw, await gw.key(), { model: 'demo-cheap' })).status, 200);
	assert.equal((await panel.get('/setup')).status, 404);
	await gw.stop();

	const short = await gateway({ front: 'nginxSocket', settings: settings([]), env: { SIDEWAYS_SETUP_CODE: 'short' } });
	assert.match((await setUp(new Panel(short.base), { code: 'short' })).text, /shorter than 16 characters/);
	await short.stop();
});

test('sideways.cgi of the bundle says what is missing, and why the program cannot be loaded', () => {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sideways-bundle-'));
	const site = path.join(folder, 'www', 'gw'), home = path.join(folder, 'sideways');
	execFileSync('tar', ['-C', folder, '-xzf', bundle(top)]);
	fs.mkdirSync(path.dirname(site));
	fs.renameSync(path.join(home, 'public'), site);
	const run = () => execFileSync(path.join(site, 'sideways.cgi'), { env: { GATEWAY_INTERFACE: 'CGI/1.1', REQUEST_METHOD: 'GET', REQUEST_URI: '/gw/health/liveliness', SCRIPT_NAME: '/gw/sideways.cgi', PATH_INFO: '/health/liveliness' }, encoding: 'utf8' });
	const works = () => assert.doesNotMatch(run(), /^Status: 503\r\nContent-Type: text\/plain/);
	works();
	const lib = path.join(home, 'lib');
	fs.chmodSync(path.join(lib, 'ld.so'), 0o644);
	fs.chmodSync(path.join(home, 'bin', 'sideways'), 0o644);
	works(); // modes that FTP has lost
	const said = (pattern) => assert.match(run(), pattern);
	fs.renameSync(path.join(lib, 'libyaml-0.so.2'), path.join(lib, 'lost'));
	said(/^Status: 503\r\n.*\r\n\r\nThe program cannot be loaded: sideways\/lib\/libyaml-0\.so\.2: No such file or directory\. Unpack the bundle again\./);
	fs.renameSync(path.join(lib, 'lost'), path.join(lib, 'libyaml-0.so.2'));
	fs.renameSync(path.join(lib, 'ld.so'), path.join(lib, 'lost'));
	said(/cannot be loaded: sideways\/lib\/ld\.so/);
	fs.writeFileSync(path.join(lib, 'ld.so'), 'cut', { mode: 0o755 });
	said(/^Status: 503\r\n.*\r\n\r\nThe program may not be run \(Exec format error\)/);
	fs.renameSync(path.join(lib, 'lost'), path.join(lib, 'ld.so'));
	works();
	if (process.getuid() === 0) {
		fs.chownSync(home, 65534, 65534);
		said(/was not found/); // a folder of somebody else is not run
	}
	fs.rmSync(home, { recursive: true });
	said(/^Status: 503\r\n.*\r\n\r\n.*was not found: unpack the bundle/);
	fs.rmSync(folder, { recursive: true });
});

for (const [what, server] of Object.entries({
	'by CGIPassAuth alone': { spoil: [['RewriteCond %{HTTP:Authorization} .\nRewriteRule .* - [E=HTTP_AUTHORIZATION:%{HTTP:Authorization}]', '']] },
	'by RewriteRule alone': { spoil: [['CGIPassAuth On', '']] },
	'where the customer has to allow programs': { spoil: [['#Options +ExecCGI', 'Options +ExecCGI']], override: 'Options=ExecCGI' },
})) test(`.htaccess: a key in Authorization arrives ${what}`, async () => {
	const up = await upstream();
	const gw = await gateway({ front: 'apacheHtaccess', server, settings: settings([deployment('main', up.base)]) });
	assert.equal((await chat(gw, await gw.key(), { model: 'main' })).status, 200);
	assert.equal((await chat(gw, 'sk-sw-another', { model: 'main' })).status, 401);
});

test('the bundle has the same bytes twice', () => {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sideways-bundle-'));
	makeBundle(top, path.join(folder, 'again'));
	assert.ok(fs.readFileSync(bundle(top)).equals(fs.readFileSync(path.join(folder, 'again'))));
	fs.rmSync(folder, { recursive: true });
});

test('the manual names every command', () => {
	const manual = execFileSync(path.join(top, 'packaging/make-man'), [process.env.SIDEWAYS], { encoding: 'utf8' });
	for (const command of ['serve', 'doctor', 'backup', 'keys create', 'audit']) assert.ok(manual.includes(`.SS "${command}"`), command);
});

test('the Dockerfile installs what the program needs, and builds with what quickstart builds with', () => {
	const file = fs.readFileSync(path.join(top, 'Dockerfile'), 'utf8').replaceAll('\\\n', ' ');
	const [build, run] = [...file.matchAll(/--no-install-recommends ([^&\n]*)/g)].map((found) => found[1].trim().split(/\s+/));
	const wanted = /^to_build='(.*)'$/m.exec(fs.readFileSync(path.join(top, 'quickstart'), 'utf8'))[1].split(' ');
	assert.deepEqual([...build].sort(), [...wanted, 'libpq-dev'].sort()); // for a bank on PostgreSQL
	for (const [, library] of execFileSync('readelf', ['-d', process.env.SIDEWAYS], { encoding: 'utf8' }).matchAll(/\(NEEDED\).*\[(.*)\]/g)) {
		if (/^lib(c|m|asan|ubsan|tsan|gcc_s)\.so/.test(library)) continue;
		const at = execFileSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8' }).split('\n').find((line) => line.includes(`${library} `)).split('=> ')[1];
		const owner = [at, fs.realpathSync(at), at.replace(/^\/usr/, '')].map((name) => { try { return execFileSync('dpkg', ['-S', name], { encoding: 'utf8', stdio: 'pipe' }).split(':')[0]; } catch { return null; } }).find(Boolean);
		assert.ok(run.includes(owner), `${library} is of ${owner}, which the image lacks`);
	}
});
