// Receivers of traces: one that keeps what it is sent and says what it is told to say, and the OpenTelemetry Collector itself.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import { freePort, until } from './sandbox.mjs';

// The value of an attribute as JavaScript has it.
function plain(value) {
	if (value.arrayValue) return (value.arrayValue.values ?? []).map(plain);
	if ('intValue' in value) return Number(value.intValue);
	return Object.values(value)[0];
}

const attributesOf = (list) => Object.fromEntries((list ?? []).map(({ key, value }) => [key, plain(value)]));

// The spans of bodies of OTLP/JSON, each with its attributes as an object and its resource's.
export function spansOf(bodies) {
	return bodies.flatMap((body) => body.resourceSpans.flatMap(({ resource, scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans.map((span) => ({
		...span, attributes: attributesOf(span.attributes), resource: attributesOf(resource.attributes),
	})))));
}

export async function receiver() {
	const got = [];
	const made = { got, status: 200, headers: {} };
	const server = http.createServer((req, res) => {
		const pieces = [];
		req.on('data', (piece) => { pieces.push(piece); });
		req.on('end', () => {
			got.push({ url: req.url, headers: req.headers, bytes: Buffer.concat(pieces), status: made.status });
			for (const [name, value] of Object.entries(made.headers)) res.setHeader(name, value);
			res.statusCode = made.status;
			res.setHeader('content-type', 'application/json');
			res.end('{}');
		});
	});
	await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
	made.port = server.address().port;
	made.base = `http://127.0.0.1:${made.port}`;
	made.taken = () => got.filter(({ status }) => status === 200);
	made.spans = () => spansOf(made.taken().map(({ bytes }) => JSON.parse(bytes)));
	made.close = () => { server.closeAllConnections(); server.close(); };
	return made;
}

// tests/traces/collector, which writes what it has understood to a file.
export async function collector(program, file) {
	const port = await freePort();
	const child = spawn(program, [file, `127.0.0.1:${port}`], { stdio: ['ignore', 'ignore', 'pipe'] });
	let said = '';
	child.stderr.on('data', (piece) => { said += piece; });
	await until(() => {
		if (child.exitCode !== null) throw new Error(`the collector has ended: ${said}`);
		return /Everything is ready/.test(said);
	}, { ms: 60000, what: () => `the collector: ${said}` });
	return {
		base: `http://127.0.0.1:${port}`, said: () => said,
		spans: () => spansOf(fs.existsSync(file) ? fs.readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line)) : []),
		async close() {
			const gone = new Promise((resolve) => { child.once('exit', resolve); });
			child.kill('SIGTERM');
			await gone;
		},
	};
}
