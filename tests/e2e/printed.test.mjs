// Every command that README.md and docs/ print is run as it is printed, in one place that has what the pages speak of: the files
// that they show, a gateway, a master key.  What cannot be run here is named below with the test that runs it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MASTER_KEY } from './lib/sandbox.mjs';
import { gateway, upstream } from './lib/story.mjs';
import { deployment, settings } from './lib/settings.mjs';

const top = fileURLToPath(new URL('../..', import.meta.url));
const program = path.resolve(process.env.SIDEWAYS);
const pages = ['README.md', 'CONTRIBUTING.md', ...fs.readdirSync(path.join(top, 'docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)];

const ELSEWHERE = [
	[/^(\.\/quickstart|\.\/autogen\.sh|\.\/configure|make (check|lint|dist)\b)/, 'quickstart test'],
	[/^(make tests\/unit\/|top_srcdir=\S+ tests\/golden\/golden |\(cd \.\.\/tests\/e2e && )/, 'tests/golden/Makefile.inc'],
	[/^(BASE|COUNTS)=.* bench\//, 'bench/run'],
	[/^tests\/(faults|e2e)\/run /, 'tests/faults/run'],
	[/^sideways run /, 'run_command.test.mjs'],
	[/^ANTHROPIC_BASE_URL=.* claude /, 'agents.test.mjs'],
	[/^(make deb|make bundle|systemctl |sudo -u sideways )/, 'tests/packaging/roots'],
	[/^docker compose up/, 'tests/packaging/image'],
	[/^sideways doctor https:/, 'doctor.test.mjs'],
	[/^sideways bank /, 'tests/cli/bank.sh'],
	[/^sideways import litellm /, 'import.test.mjs'],
	[/^sideways alerts test/, 'alerts.test.mjs'],
];
// Commands that say something is so by 1: problems found, alerts that last.
const MAY_SAY_ONE = /^(sideways (check|alerts|simulate .*--most))/;

// The blocks of a page: fenced ones, and those that four spaces begin; without what the program prints there itself.
function blocksOf(page) {
	const text = fs.readFileSync(path.join(top, page), 'utf8').replace(/<!-- sideways help [^]*?<!-- end -->/g, '');
	const fenced = [...text.matchAll(/^```(\w*)\n([^]*?)^```/gm)].map(([, kind, body]) => ({ kind, body }));
	const rest = text.replace(/^```[^]*?^```/gm, '');
	return [...fenced, ...[...rest.matchAll(/(?:^ {4}.*\n?)+/gm)].map(([body]) => ({ kind: '', body: body.replace(/^ {4}/gm, '') }))];
}

// Whole commands: a line goes on while it ends in a backslash or stands within quotes.
function commandsOf(page) {
	const commands = [];
	for (const { kind, body } of blocksOf(page)) {
		if (!['', 'sh', 'console', 'bash'].includes(kind)) continue;
		let open = null;
		for (const line of body.split('\n')) {
			const plain = line.replace(/^\$ /, '');
			if (open === null && !/^(sideways |(tests|bench)\/\w|\.\/\w|curl |node |export \w+=|make |docker |systemctl |sudo |\(cd |\w+=\S+ *(sideways|claude|\w+\/|node |\S*\$\())/.test(plain) && !/^([A-Z_]+=\$\(|ANTHROPIC_BASE_URL=)/.test(plain)) continue;
			open = open === null ? plain : `${open}\n${plain}`;
			const quotes = open.replace(/\\./g, '').replace(/"[^"]*"/g, '').match(/'/g) ?? [];
			if (open.endsWith('\\') || quotes.length % 2) continue;
			commands.push(open.replace(/ {3,}(?!-)[a-z][^'"]*$/, '').trim()); // what stands beside it explains it
			open = null;
		}
	}
	return commands;
}

let gw, bin;

before(async () => {
	const up = await upstream();
	const names = ['main', 'cheap', 'cheap-eu', 'gpt-mini']; // those that the pages name
	gw = await gateway({ front: 'nginxSocket', settings: settings(names.map((name) => deployment(name, up.base))) });
	bin = path.join(gw.dir, 'bin');
	fs.mkdirSync(bin);
	fs.symlinkSync(program, path.join(bin, 'sideways'));
	fs.symlinkSync(gw.config, path.join(gw.dir, 'config.yaml'));
	for (const page of pages) for (const { kind, body } of blocksOf(page)) {
		const name = kind === 'yaml' && /^# (\w+\.yaml)\n/.exec(body);
		if (name) fs.writeFileSync(path.join(gw.dir, name[1]), body);
	}
});

function run(command) {
	const here = command.replaceAll('http://localhost:4000', gw.base).replaceAll('/var/backups', gw.dir);
	// A setup code is only for who has no admin yet, and the pages come one after the other.
	const script = here.startsWith('curl') ? `export GATEWAY=${gw.base} ADMIN="Authorization: Bearer ${MASTER_KEY}"\n${here.replace(/^curl /, 'curl -f --noproxy 127.0.0.1 ')}` : here;
	const input = /sideways passwd [a-z]/.test(command) ? 'correct horse battery staple\n' : '';
	return execFileSync('bash', ['-c', script], { cwd: gw.dir, env: { ...gw.env, MASTER_KEY, PATH: `${bin}:${gw.env.PATH}` }, input, encoding: 'utf8', stdio: 'pipe' });
}

for (const page of pages) {
	const commands = commandsOf(page);
	if (!commands.length) continue;
	describe(page, () => {
		// A code first: it is refused once there is an admin.
		for (const command of commands.sort((a, b) => Number(/--code/.test(b)) - Number(/--code/.test(a)))) {
			if (ELSEWHERE.some(([pattern]) => pattern.test(command))) continue;
			test(command.split('\n')[0].slice(0, 100), () => {
				try {
					run(command);
				} catch (error) {
					if (error.status === 1 && MAY_SAY_ONE.test(command) && !/^sideways: /m.test(error.stderr)) return;
					assert.fail(`${command}\n${error.status}: ${error.stdout}${error.stderr}`);
				}
			});
		}
	});
}

test('what is left to other tests is run there', () => {
	for (const [, where] of ELSEWHERE) if (where.endsWith('.mjs') || where.includes('/')) assert.ok(fs.existsSync(path.join(top, where.includes('/') ? where : `tests/e2e/${where}`)), where);
	const commands = pages.flatMap(commandsOf);
	assert.ok(commands.length > 20, 'the pages print commands');
	for (const command of commands.filter((one) => /^tests\/(faults|e2e)\/run /.test(one)))
		for (const name of command.split(/\s+/).slice(1)) assert.match(fs.readFileSync(path.join(top, 'tests/faults/run'), 'utf8'), new RegExp(`[/_]${name.replace('.test.mjs', '')}\\|`), `${command}: ${name}`);
});

test('commands and options that are named within a sentence are there', () => {
	for (const page of pages) for (const [, words] of fs.readFileSync(path.join(top, page), 'utf8').matchAll(/`sideways ((?:[a-z]+ ?)+[^`]*)`/g)) {
		const command = /^[a-z]+( [a-z]+)*/.exec(words)[0].split(' ');
		if (command[0] === 'help') continue;
		let help = null;
		for (let n = Math.min(2, command.length); n > 0 && help === null; n--) {
			try { help = execFileSync(program, ['help', ...command.slice(0, n)], { encoding: 'utf8', stdio: 'pipe' }); } catch { help = null; }
		}
		assert.ok(help !== null, `${page}: there is no command \`sideways ${words}\``);
		for (const [, option] of words.matchAll(/ (--[a-z-]+)/g)) assert.ok(help.includes(`${option}`), `${page}: \`sideways ${words}\`: no option ${option}`);
	}
});
