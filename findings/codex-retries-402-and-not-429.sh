#!/bin/bash
# Codex tries a 402 again and again, and a 429 not at all: the other way round than the statuses mean.
#
# One would guess: 429 (too many requests) is what a client waits for and tries again; 402 (payment required) cannot pass by itself,
# so it is told to the user at once.
#
# What happens: `codex exec` ends after one request when it is told 429, with its own words about retries and without the message
# of the body; told 402 it makes six requests over some seconds and then shows the message. Only 400 is both one request and the
# message.
#
# Seen on 2026-11-29 with @openai/codex 0.171.0, a provider of one's own in config.toml with its defaults.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private":true}' >package.json
npm install --no-audit --no-fund --loglevel=error @openai/codex@0.171.0 >/dev/null 2>&1
cat >run.mjs <<'JS'
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
async function told(status) {
	let times = 0;
	const server = http.createServer((request, reply) => {
		request.resume();
		request.on('end', () => {
			if (request.method === 'POST') times += 1;
			reply.writeHead(request.method === 'POST' ? status : 404, { 'content-type': 'application/json' });
			reply.end(JSON.stringify({ error: { message: 'the piggy bank is empty', type: 'budget_exceeded', param: null, code: 'budget_exceeded' } }));
		});
	});
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	const home = fs.mkdtempSync('home-');
	fs.writeFileSync(`${home}/config.toml`, `model = "m"\nmodel_provider = "own"\n[model_providers.own]\nname = "own"\nbase_url = "http://127.0.0.1:${server.address().port}/v1"\nenv_key = "KEY"\nwire_api = "responses"\n`);
	const child = spawn('node_modules/.bin/codex', ['exec', '--skip-git-repo-check', 'hello'], { stdio: ['ignore', 'pipe', 'pipe'],
		env: { PATH: process.env.PATH, HOME: process.cwd(), CODEX_HOME: `${process.cwd()}/${home}`, KEY: 'k', HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: '127.0.0.1' } });
	let text = '';
	for (const pipe of [child.stdout, child.stderr]) pipe.on('data', (bytes) => { text += bytes; });
	const timer = setTimeout(() => child.kill('SIGKILL'), 60000);
	await new Promise((resolve) => child.on('close', resolve));
	clearTimeout(timer);
	server.closeAllConnections();
	server.close();
	const said = text.includes('piggy bank');
	console.log(`${status}: ${times} requests, the message was ${said ? 'shown' : 'not shown'}; last line: ${text.trim().split('\n').at(-1).slice(0, 160)}`);
	return { times, said };
}
const busy = await told(429), broke = await told(402), wrong = await told(400);
process.exit(busy.times === 1 && !busy.said && broke.times > 3 && broke.said && wrong.times === 1 && wrong.said ? 0 : 1);
JS
node_modules/.bin/codex --version
node run.mjs
