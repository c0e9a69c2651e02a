// `sideways run FILE`: a web server that is installed, and the gateway behind it, as a newcomer starts them.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort, until } from './lib/sandbox.mjs';

const program = path.resolve(process.env.SIDEWAYS);
const demo = fileURLToPath(new URL('../../config/demo.yaml', import.meta.url));
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
delete env.SIDEWAYS_CONFIG;
delete env.SIDEWAYS_DB;
const started = [];
const folders = [];

after(async () => {
	for (const one of started) if (one.child.exitCode === null) one.child.kill('SIGTERM');
	await Promise.all(started.map((one) => one.ended));
	for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true });
});

function place() {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sideways-run-'));
	folders.push(folder);
	fs.copyFileSync(demo, path.join(folder, 'config.yaml'));
	return folder;
}

function start(folder, ...words) {
	const child = spawn(program, ['run', 'config.yaml', ...words], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
	const one = { child, text: '' };
	for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => { one.text += bytes; });
	one.ended = new Promise((resolve) => child.on('exit', (status) => resolve(status)));
	started.push(one);
	return one;
}

const ready = (one) => until(async () => one.child.exitCode !== null || /stop +Ctrl-C/.test(one.text), { what: () => `run to be ready\n${one.text}`, ms: 60000 });
const printed = (one) => one.text.split('\n').filter((line) => /^ *curl /.test(line));
const shell = (line) => execFileSync('sh', ['-c', line.replace('curl ', 'curl -s --noproxy 127.0.0.1 ')], { env, encoding: 'utf8' });
// A process of its session whose command line has these words.
const processes = (words) => fs.readdirSync('/proc').filter((pid) => /^\d+$/.test(pid)).filter((pid) => {
	try { return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').includes(words); } catch { return false; }
}).map(Number);

for (const server of ['lighttpd', 'nginx', 'caddy']) test(`behind ${server}: what it prints works as printed, and it ends when it is told`, async () => {
	const folder = place();
	const one = start(folder, '--port', String(await freePort()), '--server', server);
	await ready(one);
	const lines = printed(one);
	assert.equal(lines.length, 4, one.text);
	const counted = spawnSync(program, ['check', 'config.yaml'], { cwd: folder, encoding: 'utf8', env }).stdout.trim().split('\n').at(-1); // the upward fallback is an error
	assert.match(counted, /^config.yaml: [1-9]\d* errors?, /);
	assert.equal(one.text.split(`${counted.slice(0, -1)}; sideways check config.yaml shows them.`).length, 2, one.text);
	assert.equal(JSON.parse(shell(lines[0])).choices[0].message.content, 'Hello');
	const blocked = shell(lines[1]);
	assert.match(blocked, /^HTTP\/1.1 429/);
	assert.match(blocked, /x-sideways-blocked-upward: 1/i);
	const budget = shell(lines[2]);
	assert.deepEqual(budget.match(/HTTP\/1.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 429']);
	assert.match(budget, /"scope":"deployment","period":"1d"/);
	const flaky = shell(lines[3]);
	assert.match(flaky, /^HTTP\/1.1 200/);
	assert.match(flaky, /x-sideways-attempts: 2/i);

	const secret = fs.readFileSync(path.join(folder, 'config.run', 'key'), 'utf8');
	assert.match(secret, /^sk-/);
	assert.ok(!one.text.includes(secret), 'the key is printed');
	assert.equal(fs.statSync(path.join(folder, 'config.run')).mode & 0o777, 0o700);
	assert.equal(fs.statSync(path.join(folder, 'config.run', 'key')).mode & 0o777, 0o600);
	one.child.kill('SIGINT');
	assert.equal(await one.ended, 0, one.text);
	assert.deepEqual(processes(folder), []);

	const again = start(folder, '--port', String(await freePort()), '--server', server);
	await ready(again);
	assert.match(shell(printed(again)[0]), /"content":"Hello"/);
	again.child.kill('SIGTERM');
	assert.equal(await again.ended, 0, again.text);
});

test('whoever dies takes the others along', async () => {
	const folder = place();
	const one = start(folder, '--port', String(await freePort()), '--server', 'nginx');
	await ready(one);
	const [server] = processes(path.join(folder, 'config.run', 'nginx.conf'));
	const orphans = fs.readFileSync(`/proc/${server}/task/${server}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
	process.kill(server, 'SIGKILL');
	for (const pid of orphans) // a worker of nginx outlives its master, or has seen that it went
		try { process.kill(pid, 'SIGKILL'); } catch (error) { assert.equal(error.code, 'ESRCH'); }
	assert.equal(await one.ended, 1);
	assert.match(one.text, /nginx has ended; .*nginx\.log says why/);

	const other = start(place(), '--port', String(await freePort()), '--server', 'lighttpd');
	await ready(other);
	const folderOf = folders.at(-1);
	other.child.kill('SIGKILL');
	await other.ended;
	await until(async () => processes(folderOf).length === 0, { what: () => 'the children to end', ms: 60000 });
});

test('what is in the way is said, and nothing is left behind', async () => {
	const folder = place();
	const listener = net.createServer().listen(0, '127.0.0.1');
	await new Promise((resolve) => listener.once('listening', resolve));
	const { port } = listener.address();
	const told = async (pattern, status, ...words) => {
		const one = start(folder, ...words);
		assert.equal(await one.ended, status, one.text);
		assert.match(one.text, pattern);
	};
	await told(new RegExp(`port ${port} is taken by another program; choose another: --port ${port + 1}`), 2, '--port', String(port));
	assert.ok(!fs.existsSync(path.join(folder, 'config.run')));
	listener.close();
	await told(/--port needs a number from 1 to 65535, not '70000'/, 2, '--port', '70000');
	await told(/--server apache: run knows lighttpd, nginx and caddy/, 2, '--server', 'apache');
	await told(/--host needs an address.*not 'localhost'/, 2, '--host', 'localhost');
	fs.writeFileSync(path.join(folder, 'config.yaml'), 'model_list: 5\n');
	await told(/config\.yaml:1:13: model_list must be a list of models; sideways check config\.yaml says all/, 1, '--port', String(await freePort()));
	// In the words of `check`.
	fs.writeFileSync(path.join(folder, 'config.yaml'), 'model_list:\n  - {model_name: cheap, litellm_params: {model: openai/gpt-4o-mini, api_key: os.environ/NOT_SET_A}}\ngeneral_settings: {master_key: os.environ/NOT_SET_B}\n');
	const words = '2 environment variables are not set, so what needs them cannot be used: NOT_SET_A (line 2), NOT_SET_B (line 3); without NOT_SET_B the gateway does not start';
	await told(new RegExp(`error: ${words.replaceAll(/[()]/g, '\\$&')}; sideways check config.yaml says all`), 1, '--port', String(await freePort()));
	assert.ok(spawnSync(program, ['check', 'config.yaml'], { cwd: folder, encoding: 'utf8' }).stdout.includes(`config.yaml: error: ${words}`));
	fs.rmSync(path.join(folder, 'config.yaml'));
	await told(/config\.yaml: the file does not exist; name yours, .*or make one: sideways demo --write \./, 1);
	assert.ok(!fs.existsSync(path.join(folder, 'config.run')));
});
