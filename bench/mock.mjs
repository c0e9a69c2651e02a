// The mock provider of the benchmarks in Node, nginx as a plain proxy to it, and wrk as the clients.
import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { request } from '../tests/e2e/lib/client.mjs';
import { freePort, until } from '../tests/e2e/lib/sandbox.mjs';

const run = promisify(execFile);
const reply = JSON.stringify({ id: 'chatcmpl-bench', object: 'chat.completion', created: 1790000000, model: 'bench',
	choices: [{ index: 0, message: { role: 'assistant', content: 'Behind which server?' }, finish_reason: 'stop' }],
	usage: { prompt_tokens: 24, completion_tokens: 12, total_tokens: 36 } });

export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

export async function startMock() {
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'sideways-bench-'));
	const [mockPort, plainPort] = [await freePort(), await freePort()];
	fs.writeFileSync(path.join(dir, 'nginx.conf'), `daemon off; user root; worker_processes 1; pid ${dir}/pid; error_log ${dir}/error.log;
events { worker_connections 2048; }
http { access_log off; keepalive_requests 100000000; client_body_temp_path ${dir}/body; proxy_temp_path ${dir}/proxy;
	fastcgi_temp_path ${dir}/fastcgi; uwsgi_temp_path ${dir}/uwsgi; scgi_temp_path ${dir}/scgi;
	upstream mock { server 127.0.0.1:${mockPort}; keepalive 256; }
	server { listen 127.0.0.1:${mockPort}; default_type application/json; location / { return 200 '${reply}'; } }
	server { listen 127.0.0.1:${plainPort}; proxy_http_version 1.1; proxy_set_header Connection ""; location / { proxy_pass http://mock; } } }
`);
	const nginx = spawn('nginx', ['-e', `${dir}/nginx.err`, '-c', `${dir}/nginx.conf`], { stdio: 'inherit', env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } });
	fs.writeFileSync(path.join(dir, 'body.json'), JSON.stringify({ model: 'bench', max_tokens: 100, messages: [{ role: 'user', content: 'x'.repeat(900) }] }));
	fs.writeFileSync(path.join(dir, 'post.lua'), `local body, keys = io.open("${dir}/body.json"):read("*a"), {}
for key in io.lines("${dir}/keys") do keys[#keys + 1] = key end
local head = { ["Content-Type"] = "application/json" }
math.randomseed(tonumber(os.getenv("BENCH_SEED")))
function request()
	head["Authorization"] = "Bearer " .. keys[math.random(#keys)]
	return wrk.format("POST", nil, head, body)
end
function done(s, latency)
	local e = s.errors
	io.write(string.format("RESULT %d %d %.3f %.3f %d\\n", s.requests, s.duration, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
		e.connect + e.read + e.write + e.status + e.timeout))
end
`);
	await until(async () => (await request(`http://127.0.0.1:${plainPort}/`).catch(() => null))?.status === 200);

	// Each request has one of the keys, by chance.
	async function load(base, keys, connections, seconds) {
		fs.writeFileSync(path.join(dir, 'keys'), `${keys.join('\n')}\n`);
		const { stdout } = await run('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '20s', '--latency', '-s', `${dir}/post.lua`, `${base}/v1/chat/completions`],
			{ env: { ...process.env, BENCH_SEED: String(Date.now() % 1e9) } });
		const [, count, us, p50, p99, failed] = /^RESULT (\d+) (\d+) (\S+) (\S+) (\d+)$/m.exec(stdout).map(Number);
		return { rate: count / (us / 1e6), p50, p99, failed };
	}
	const stop = () => { nginx.kill(); fs.rmSync(dir, { recursive: true, force: true }); };
	return { mock: `http://127.0.0.1:${mockPort}/v1`, plainPort, load, stop };
}
