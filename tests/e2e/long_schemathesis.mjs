// schemathesis against the running program, with the program's own description (openapi.json): what it describes is what it does.
//
//	tests/e2e/run long_schemathesis.mjs     by hand, because it installs schemathesis (pinned) beside the program and takes minutes
//
// SCHEMATHESIS_EXAMPLES says how many requests it makes up for each operation (default 40).
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { deployment, settings } from './lib/settings.mjs';
import { MASTER_KEY } from './lib/sandbox.mjs';
import { gateway, upstream } from './lib/story.mjs';

const run = promisify(execFile);
const VERSION = '4.32.5';
const dir = path.join(process.env.AGENTS_DIR ?? path.join(path.dirname(path.resolve(process.env.SIDEWAYS)), 'agents'), `schemathesis-${VERSION}`);
const program = path.join(dir, 'bin/schemathesis');
const examples = process.env.SCHEMATHESIS_EXAMPLES ?? '40';

// What the description promises, but for the checks that want a policy of their own: undescribed methods, missing headers.
const CHECKS = ['not_a_server_error', 'status_code_conformance', 'content_type_conformance', 'response_headers_conformance', 'response_schema_conformance', 'negative_data_rejection', 'ignored_auth'];

async function install() {
	if (fs.existsSync(program)) return;
	await run('python3', ['-m', 'venv', dir]);
	await run(path.join(dir, 'bin/pip'), ['install', '-q', '--disable-pip-version-check', `schemathesis==${VERSION}`], { timeout: 600000 });
}

test('what openapi.json describes is what the program does', { timeout: 1500000 }, async () => {
	await install();
	const up = await upstream();
	const gw = await gateway({ front: 'nginxSocket', settings: settings([deployment('main', up.base)]) });
	const args = ['run', `${gw.base}/openapi.json`, '--header', `Authorization: Bearer ${MASTER_KEY}`, '--checks', CHECKS.join(','),
		'--max-examples', examples, '--generation-deterministic', '--phases', 'examples,coverage,fuzzing', '--request-timeout', '30', '--workers', '1', '--no-color'];
	const { stdout, code } = await run(program, args, { cwd: gw.dir, env: { PATH: process.env.PATH, HOME: gw.dir, NO_PROXY: '127.0.0.1' }, maxBuffer: 64 << 20 }).catch((error) => error);
	fs.writeFileSync('/tmp/schemathesis.out', stdout ?? '');
	console.log(stdout.split('\n').filter((line) => /^\s*(✅|❌|🚫|Test cases|Operations|Failures|[0-9]+ )/u.test(line)).map((line) => `# ${line}`).join('\n'));
	assert.equal(code ?? 0, 0, stdout.slice(-20000));
	assert.equal((await gw.readiness?.())?.status ?? 200, 200);
});
