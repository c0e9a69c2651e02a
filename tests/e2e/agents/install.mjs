// Installs the clients of pinned.json from the registries, each in a folder of its own: node install.mjs [NAME...]
//
// A client is a program of its own (bin), or an SDK (sdk) that a program in sdks/ uses.  The program of a Python SDK stays there;
// those for Node, Go and Rust are copied beside what they use.
// AGENTS_DIR says where (default: agents/ beside the program, out of what `make dist` copies); what is there already is kept.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const PINNED = JSON.parse(fs.readFileSync(new URL('pinned.json', import.meta.url), 'utf8'));
const DIR = process.env.AGENTS_DIR ?? path.join(path.dirname(path.resolve(process.env.SIDEWAYS ?? 'build/sideways')), 'agents');

const SDKS = path.join(import.meta.dirname, 'sdks');

// How each registry's packages are installed into dir; what is run is at `at`.
const KINDS = {
	npm: { at: (dir, bin) => path.join(dir, 'node_modules/.bin', bin ?? 'node'), install(run, packages, dir) {
		fs.writeFileSync(path.join(dir, 'package.json'), '{"private":true}');
		run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...packages]);
	} },
	pip: { at: (dir, bin) => path.join(dir, 'bin', bin ?? 'python'), install(run, packages, dir) {
		run('python3', ['-m', 'venv', dir]);
		run(path.join(dir, 'bin/pip'), ['install', '-q', '--disable-pip-version-check', ...packages]);
	} },
	go: { at: (dir) => path.join(dir, 'sdks'), install(run, packages, dir) {
		fs.cpSync(path.join(SDKS, 'go'), dir, { recursive: true });
		run('go', ['mod', 'init', 'sdks']);
		run('go', ['get', ...packages]);
		run('go', ['mod', 'tidy']);
		run('go', ['build', '-o', 'sdks', '.']);
	} },
	cargo: { at: (dir) => path.join(dir, 'target/debug/sdks'), install(run, packages, dir) {
		fs.cpSync(path.join(SDKS, 'rust'), dir, { recursive: true });
		run('cargo', ['build', '-q']);
	} },
};

// The program of a client, and the arguments that it begins with; installed when it is not there.
export function program(name) {
	const { bin, sdk, ...kinds } = PINNED[name];
	const [[kind, pins]] = Object.entries(kinds);
	const packages = [pins].flat();
	const dir = path.join(DIR, `${name}-${packages[0].split(/@v?|==?/).at(-1)}`);
	const at = KINDS[kind].at(dir, bin);
	if (!fs.existsSync(at)) {
		fs.mkdirSync(dir, { recursive: true });
		KINDS[kind].install((command, args) => execFileSync(command, args, { cwd: dir, stdio: ['ignore', 'ignore', 'inherit'], timeout: 900000 }), packages, dir);
	}
	if (kind === 'npm' && sdk) fs.copyFileSync(path.join(SDKS, sdk), path.join(dir, sdk)); // imports are looked up beside the file
	return [at, ...(kind === 'npm' && sdk ? [path.join(dir, sdk)] : kind === 'pip' && sdk ? [path.join(SDKS, sdk)] : [])];
}

if (process.argv[1] === import.meta.filename)
	for (const name of process.argv.length > 2 ? process.argv.slice(2) : Object.keys(PINNED)) process.stdout.write(`${name} ${program(name).join(' ')}\n`);
