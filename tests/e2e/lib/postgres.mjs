// A real PostgreSQL in a folder of its own, reached by its socket there.  It refuses to run as root, so then it runs as the user postgres.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { after } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);
const base = '/usr/lib/postgresql';
const version = fs.existsSync(base) && fs.readdirSync(base).sort((a, b) => a - b).at(-1);

export async function postgres() {
	const folder = fs.mkdtempSync('/tmp/sideways-bank-');
	const asServer = (name, ...args) => {
		const file = `${base}/${version}/bin/${name}`, options = { cwd: '/', env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' } };
		return process.getuid() ? run(file, args, options)
			: run('setpriv', ['--reuid', 'postgres', '--regid', 'postgres', '--clear-groups', file, ...args], options);
	};
	if (!process.getuid()) await run('chown', ['postgres', folder]);
	await asServer('initdb', '-D', `${folder}/data`, '-A', 'trust', '-U', 'postgres', '--no-sync');
	const server = {
		url: `postgresql://postgres@/postgres?host=${folder}`,
		start: () => asServer('pg_ctl', '-D', `${folder}/data`, '-w', '-t', '60', '-l', `${folder}/log`,
			'-o', `-k ${folder} -c listen_addresses= -c max_connections=60`, 'start'),
		stop: () => asServer('pg_ctl', '-D', `${folder}/data`, '-w', '-t', '60', '-m', 'immediate', 'stop'),
		// It answers nobody until what is returned is called: its processes stop, and their connections stay.
		freeze: () => {
			const first = fs.readFileSync(`${folder}/data/postmaster.pid`, 'utf8').split('\n')[0];
			const pids = [first, ...fs.readFileSync(`/proc/${first}/task/${first}/children`, 'utf8').trim().split(' ')].map(Number);
			const tell = (signal) => { for (const pid of pids) try { process.kill(pid, signal); } catch { /* it has ended by itself */ } };
			tell('SIGSTOP');
			return () => tell('SIGCONT');
		},
		sql: async (text) => (await asServer('psql', '-X', '-q', '-t', '-A', '-h', folder, '-U', 'postgres', '-d', 'postgres', '-c', text)).stdout.trim(),
	};
	after(async () => {
		await server.stop().catch(() => {});
		fs.rmSync(folder, { recursive: true, force: true });
	});
	await server.start();
	return server;
}
