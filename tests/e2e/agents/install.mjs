// Installs the clients of pinned.json from the registries, each in a folder of its own: node install.mjs [NAME...]
//
// AGENTS_DIR says where (default: installed/ beside this file); what is there already is kept.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const PINNED = JSON.parse(fs.readFileSync(new URL('pinned.json', import.meta.url), 'utf8'));
const DIR = process.env.AGENTS_DIR ?? path.join(import.meta.dirname, 'installed');

// The program of a client; installed when it is not there.
export function program(name) {
	const { npm, pip, bin } = PINNED[name];
	const dir = path.join(DIR, `${name}-${(npm ?? pip).split(/@|==/).at(-1)}`);
	const at = path.join(dir, npm ? 'node_modules/.bin' : 'bin', bin);
	if (fs.existsSync(at)) return at;
	fs.mkdirSync(dir, { recursive: true });
	const run = (command, args) => execFileSync(command, args, { cwd: dir, stdio: ['ignore', 'ignore', 'inherit'], timeout: 600000 });
	if (npm) {
		fs.writeFileSync(path.join(dir, 'package.json'), '{"private":true}');
		run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', npm]);
	} else {
		run('python3', ['-m', 'venv', dir]);
		run(path.join(dir, 'bin/pip'), ['install', '-q', '--disable-pip-version-check', pip]);
	}
	return at;
}

if (process.argv[1] === import.meta.filename)
	for (const name of process.argv.length > 2 ? process.argv.slice(2) : Object.keys(PINNED)) process.stdout.write(`${name} ${program(name)}\n`);
