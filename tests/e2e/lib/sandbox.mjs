// A gateway in a private folder: settings file, database, web server, program.
//
// `front` chooses who listens: "fastcgi" (lighttpd starts the program), "cgi" (lighttpd runs it once a request), or
// "nginx" (nginx in front of `sideways serve`).  Every process started here is ended by its id, and what
// they wrote stays in the folder until the test file is over, so that the canaries can be looked for.
import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { toYaml } from './yaml.mjs';
import * as fronts from './fronts.mjs';
import { request } from './client.mjs';

const run = promisify(execFile);
const PROGRAM = process.env.SIDEWAYS ? path.resolve(process.env.SIDEWAYS) : '';
if (!PROGRAM || !fs.existsSync(PROGRAM)) throw new Error('SIDEWAYS must name the built program');

export const MASTER_KEY = 'sk-CANARY-master-0f3a9c';

// Everything that still runs, so that a failing test leaves nothing behind.
const running = new Set();
process.on('exit', () => {
	for (const child of running) killTree(child, 'SIGKILL');
});
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(1));

export async function startGateway({ front = 'fastcgi', settings, env = {}, server = {}, start = true }) {
	const gateway = new Gateway(front, server);
	gateway.write(settings);
	gateway.env = {
		PATH: `${process.env.PATH}:/usr/sbin`, HOME: gateway.dir, SIDEWAYS_CONFIG: gateway.config, SIDEWAYS_DB: gateway.db,
		...(process.env.ASAN_OPTIONS ? { ASAN_OPTIONS: process.env.ASAN_OPTIONS } : {}), ...(process.env.TSAN_OPTIONS ? { TSAN_OPTIONS: process.env.TSAN_OPTIONS } : {}), ...env,
	};
	if (start) await gateway.start();
	return gateway;
}

class Gateway {
	constructor(front, server) {
		this.front = front;
		this.server = server;
		this.dir = fs.mkdtempSync(path.join(os.tmpdir(), 'sideways-e2e-'));
		fs.chmodSync(this.dir, 0o700);
		this.config = path.join(this.dir, 'sideways.yaml');
		this.db = path.join(this.dir, 'state', 'sideways.db');
		fs.mkdirSync(path.dirname(this.db), { mode: 0o700 });
		this.children = [];
	}

	// Replaces the settings file as an editor does: a new file under the old name.
	write(settings) {
		const text = typeof settings === 'string' ? settings : toYaml(settings);
		fs.writeFileSync(`${this.config}.new`, text, { mode: 0o600 });
		if (this.user) fs.chownSync(`${this.config}.new`, this.user.uid, this.user.gid);
		fs.renameSync(`${this.config}.new`, this.config);
	}

	async start() {
		this.port = await freePort();
		this.url = `http://127.0.0.1:${this.port}`;
		const plan = await fronts[this.front](this, this.reachable(), this.server);
		if (plan.user) this.becomeUser(plan.user);
		for (const command of plan.commands) this.spawn(...command);
		this.base = this.url + (plan.basePath ?? '');
		await until(() => this.children.every(alive) ? this.answers() : Promise.reject(new Error('a process ended')), {
			what: () => `the gateway in ${this.dir} to answer\n${this.output()}`, ms: 15000 });
	}

	spawn(name, file, args, options = {}) {
		const out = fs.openSync(path.join(this.dir, `${name}.out`), 'a', 0o600);
		const { handle, ...more } = options;
		const stdio = ['ignore', out, out, ...(handle === undefined ? [] : [handle])];
		const child = spawn(file, args, { cwd: this.dir, env: { ...this.env }, stdio, detached: true, ...this.user, ...more });
		child.again = [name, file, args, options];
		fs.closeSync(out);
		child.name = name;
		child.on('exit', () => running.delete(child));
		child.on('error', (error) => { child.failed = error; });
		running.add(child);
		this.children.push(child);
		return child;
	}

	// The program for a server that runs as another user: a copy, because the build folder may be closed to it.
	reachable() {
		if (!/^(apache|bundle)/.test(this.front)) return this.wrapper ?? PROGRAM;
		const copy = path.join(this.dir, 'program');
		if (!fs.existsSync(copy)) fs.copyFileSync(this.wrapper ?? PROGRAM, copy);
		fs.chmodSync(copy, 0o755);
		this.program = copy;
		return copy;
	}

	becomeUser(user) {
		this.user = user;
		const give = (at) => {
			fs.lchownSync(at, user.uid, user.gid);
			if (fs.lstatSync(at).isDirectory()) for (const name of fs.readdirSync(at)) give(path.join(at, name));
		};
		give(this.dir);
	}

	// Kills a process of the gateway's own and starts it again with the same words.
	async replace(name) {
		const old = this.child(name);
		const gone = new Promise((resolve) => (alive(old) ? old.once('exit', resolve) : resolve()));
		killTree(old, 'SIGKILL');
		await gone;
		this.children.splice(this.children.indexOf(old), 1);
		this.spawn(name, old.spawnfile, old.spawnargs.slice(1));
	}

	// Starts another of the kind and tells the old one to end, which may finish what it has begun.
	async relieve(name) {
		const old = this.child(name);
		this.children.splice(this.children.indexOf(old), 1);
		this.spawn(...old.again);
		await sleep(150);
		const gone = new Promise((resolve) => (alive(old) ? old.once('exit', resolve) : resolve()));
		old.kill('SIGTERM');
		return gone;
	}

	child(name) {
		return this.children.find((child) => child.name === name);
	}

	async answers() {
		const reply = await request(`${this.base}/health/liveliness`, { timeout: 2000 }).catch(() => null);
		return reply?.status === 200;
	}

	async ready() {
		return (await request(`${this.base}/health/readiness`)).status === 200;
	}

	async stop(signal = 'SIGTERM') {
		for (const child of this.children.splice(0).reverse()) await end(child, signal);
		this.listener?.close();
	}

	// Called at the end of a test file.
	async remove() {
		await this.stop();
		if (!process.env.E2E_KEEP) fs.rmSync(this.dir, { recursive: true, force: true });
	}

	// The command line, with this gateway's files.
	async cli(...args) {
		try {
			const { stdout, stderr } = await run(this.program ?? PROGRAM, args, { ...this.user, env: this.env, cwd: this.dir, timeout: 60000, maxBuffer: 1 << 26 });
			return { status: 0, stdout, stderr };
		} catch (error) {
			if (typeof error.code !== 'number') throw error;
			return { status: error.code, stdout: error.stdout, stderr: error.stderr };
		}
	}

	async key(...options) {
		const { status, stdout, stderr } = await this.cli('keys', 'create', ...options);
		if (status !== 0) throw new Error(`keys create ${options.join(' ')}: ${stderr}`);
		return stdout.trim();
	}

	async audit() {
		const { status, stdout, stderr } = await this.cli('audit');
		return { clean: status === 0, text: stdout + stderr };
	}

	// Rows of the database, read by another program than the one under test.
	async sql(query) {
		const { stdout } = await run('sqlite3', ['-json', '-cmd', '.timeout 5000', this.db, query], { maxBuffer: 1 << 28 });
		return stdout.trim() === '' ? [] : JSON.parse(stdout);
	}

	requests() {
		return this.sql('SELECT * FROM request ORDER BY started_ms, id');
	}

	// The attempts of all requests, or of one that has ended.
	async attempts(requestId) {
		if (requestId) await this.record(requestId);
		const where = requestId ? `WHERE request_id = '${requestId}'` : '';
		return this.sql(`SELECT * FROM attempt ${where} ORDER BY request_id, number`);
	}

	// Waits for the record of a request, which is written after the client has its answer.
	async record(requestId, ms = 5000) {
		let rows;
		await until(async () => (rows = await this.sql(`SELECT * FROM request WHERE id = '${requestId}'`)).length === 1,
			{ what: () => `the record of ${requestId}`, ms });
		return rows[0];
	}

	async window(scope, scopeId = '') {
		const rows = await this.sql(`SELECT w.*, b.period FROM budget_window w JOIN budget b ON b.id = w.budget_id
			WHERE b.scope = '${scope}' AND b.scope_id = '${scopeId}' ORDER BY w.starts_ms DESC`);
		return rows[0];
	}

	// Waits until no call holds money and what ended has been written: nothing is added for half a second, ten times what a process gathers.
	async quiet(ms = 8000) {
		const look = async () => (await this.sql(`SELECT (SELECT count(*) FROM hold) + (SELECT coalesce(sum(calls), 0) FROM lease) AS open,
			(SELECT count(*) FROM request) || ' ' || (SELECT coalesce(sum(number), 0) FROM till) AS written`))[0];
		let same = 0, before;
		await until(async () => {
			const now = await look();
			same = now.open === 0 && now.written === before ? same + 1 : 0;
			before = now.written;
			if (same < 5) await sleep(100);
			return same >= 5;
		}, { what: () => 'all holds to end', ms });
	}

	// Until idle leases have gone back, too: what nobody uses does so after ten seconds, when nobody called it back before.
	async free(ms = 30000) {
		await this.quiet(ms);
		await until(async () => (await this.sql('SELECT coalesce(sum(held_nano), 0) AS held FROM budget_window'))[0].held === 0,
			{ what: () => 'idle leases to go back', ms });
	}

	// What all processes wrote so far.
	output(most = 4000) {
		return fs.readdirSync(this.dir).filter((name) => /\.(out|log)$/.test(name))
			.map((name) => `--- ${name}\n${fs.readFileSync(path.join(this.dir, name), 'utf8').slice(-most)}`).join('\n');
	}

	// Pids of the gateway's own processes: children of the web server or of `serve`.
	workers() {
		const pids = [];
		for (const name of fs.readdirSync('/proc')) {
			if (!/^\d+$/.test(name)) continue;
			try {
				if (fs.readlinkSync(`/proc/${name}/exe`) !== fs.realpathSync(this.program ?? PROGRAM)) continue;
				if (fs.readFileSync(`/proc/${name}/environ`, 'latin1').includes(`SIDEWAYS_CONFIG=${this.config}`)) pids.push(Number(name));
			} catch { /* it ended meanwhile */ }
		}
		return pids;
	}
}

function alive(child) {
	return !child.failed && child.exitCode === null && child.signalCode === null;
}

// Ends a child and what it started: they were made leaders of their own groups.
function killTree(child, signal) {
	try {
		process.kill(-child.pid, signal);
	} catch { /* already gone */ }
}

async function end(child, signal) {
	if (child.pid === undefined) return;
	const gone = new Promise((resolve) => (alive(child) ? child.once('exit', resolve) : resolve()));
	if (alive(child)) child.kill(signal);
	const timer = setTimeout(() => killTree(child, 'SIGKILL'), 8000);
	await gone;
	clearTimeout(timer);
	killTree(child, 'SIGTERM');
	for (let i = 0; i < 100 && groupLives(child.pid); i++) await sleep(20);
	killTree(child, 'SIGKILL');
}

function groupLives(pid) {
	try {
		process.kill(-pid, 0);
		return true;
	} catch {
		return false;
	}
}

// Below 32768, so that no outgoing connection has it.
export async function freePort() {
	for (let i = 0; i < 200; i++) {
		const port = 20000 + Math.floor(Math.random() * 12000);
		if (await canListen(port)) return port;
	}
	throw new Error('no free port');
}

function canListen(port) {
	return new Promise((resolve) => {
		const server = net.createServer();
		server.once('error', () => resolve(false));
		server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
	});
}

// Waits for a condition that comes within ms on a quiet machine: a busy one gets five times that, which costs nothing where it comes.
export async function until(check, { ms = 5000, what = () => 'a condition' } = {}) {
	ms *= 5;
	const deadline = Date.now() + ms;
	for (;;) {
		if (await check()) return;
		if (Date.now() > deadline) throw new Error(`waited ${ms} ms in vain for ${what()}`);
		await sleep(20);
	}
}

export function sleep(ms) {
	return new Promise((resolve) => setTimeout(resolve, ms));
}
