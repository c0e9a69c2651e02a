// A provider that speaks OpenAI chat completions and plays faults on demand.
//
// It is written on bare sockets, so that it can break an answer at any byte.  What it does for a request is
// a step: the next one queued for the request's model, else the model's standing one, else a good answer.
// It keeps its own log of the truth (what was asked, with which key, what was served, who left and
// when), against which the tests compare the gateway's ledger.
import net from 'node:net';

const END_OF_HEAD = Buffer.from('\r\n\r\n');
const REASONS = { 200: 'OK', 400: 'Bad Request', 401: 'Unauthorized', 404: 'Not Found', 429: 'Too Many Requests',
	500: 'Internal Server Error', 503: 'Service Unavailable', 529: 'Overloaded' };

// The steps.  Each is data; Exchange below plays it.
export const play = {
	ok: (more = {}) => ({ kind: 'ok', text: 'Hello from upstream', ...more }),
	status: (status, more = {}) => ({ kind: 'status', status, ...more }),
	hang: () => ({ kind: 'hang' }),
	reset: () => ({ kind: 'reset' }),
	resetInHead: () => ({ kind: 'resetInHead' }),
	resetInBody: () => ({ kind: 'resetInBody', text: 'this answer never ends well' }),
	truncatedJson: () => ({ kind: 'truncatedJson', text: 'cut' }),
	// Streams: how they end after so many tokens.
	resetAfter: (tokens, more = {}) => ({ kind: 'ok', text: words(tokens + 5), after: tokens, end: 'reset', ...more }),
	truncateAfter: (tokens, more = {}) => ({ kind: 'ok', text: words(tokens + 5), after: tokens, end: 'close', ...more }),
	errorAfter: (tokens, more = {}) => ({ kind: 'ok', text: words(tokens + 5), after: tokens, end: 'error', ...more }),
	// Every event waits gap_ms; first_ms waits before the first token, with the head already sent.
	slow: (tokens, gap_ms, more = {}) => ({ kind: 'ok', text: words(tokens), gap_ms, ...more }),
	errorIn200: (error = { message: 'internal', type: 'server_error', code: 500 }) => ({ kind: 'errorIn200', error }),
	gzip: () => ({ kind: 'gzip' }),
	html: () => ({ kind: 'html' }),
	whole: (json) => ({ kind: 'whole', json }),
	tool: (name, args) => ({ kind: 'ok', text: '', tool: { name, arguments: JSON.stringify(args) } }),
};

export function words(count) {
	return Array.from({ length: count }, (_, i) => `word${i}`).join(' ');
}

export async function startUpstream(options = {}) {
	const upstream = new Upstream(options);
	await upstream.listen(options.port ?? 0);
	return upstream;
}

class Upstream {
	constructor({ log = true } = {}) {
		this.log = [];       // one entry per request, in the order of arrival
		this.keep = log;
		this.queues = new Map();
		this.standing = new Map();
		this.sockets = new Set();
		this.hung = [];      // of calls that are never answered
		this.count = 0;
		this.running = 0;
		this.most = 0;       // most at once
		this.server = net.createServer({ noDelay: true }, (socket) => this.#accept(socket));
	}

	async listen(port) {
		await new Promise((resolve, reject) => {
			this.server.once('error', reject);
			this.server.listen(port, '127.0.0.1', 1024, resolve);
		});
		this.port = this.server.address().port;
		this.base = `http://127.0.0.1:${this.port}/v1`;
	}

	async close() {
		for (const socket of this.sockets) socket.destroy();
		await new Promise((resolve) => this.server.close(resolve));
	}

	// The next requests for the model play these steps, one each.
	next(model, ...steps) {
		this.queues.set(model, [...(this.queues.get(model) ?? []), ...steps]);
	}

	// All others for the model play this one.
	always(model, step) {
		this.standing.set(model, step);
	}

	forget() {
		for (const socket of this.hung.splice(0)) socket.destroy(); // the gateway may wait for them still
		this.log = [];
		this.queues.clear();
		this.standing.clear();
		this.most = 0;
	}

	of(model) {
		return this.log.filter((entry) => entry.model === model);
	}

	// What the served tokens cost at these nano-dollars a token.
	cost({ input, output }, entries = this.log) {
		return entries.reduce((sum, e) => sum + (e.billed ? e.promptTokens * input + e.sentTokens * output : 0), 0);
	}

	#step(model) {
		return this.queues.get(model)?.shift() ?? this.standing.get(model) ?? play.ok();
	}

	#accept(socket) {
		this.sockets.add(socket);
		let pending = Buffer.alloc(0);
		let pieces = [], waiting = 0, wanted = 0; // of a long body, put together once
		let exchange = null;
		socket.on('error', () => {});
		socket.on('close', () => {
			this.sockets.delete(socket);
			exchange?.left();
		});
		socket.on('end', () => exchange?.left());
		const take = () => {
			if (exchange && !exchange.over) return;
			const request = parse(pending);
			wanted = request ? 0 : lengthOf(pending);
			if (!request) return;
			pending = pending.subarray(request.length);
			exchange = new Exchange(this, socket, request, take);
			void exchange.run(this.#step(exchange.entry.model));
		};
		socket.on('data', (bytes) => {
			pieces.push(bytes);
			waiting += bytes.length;
			if (pending.length + waiting < wanted) return;
			pending = Buffer.concat([pending, ...pieces]);
			pieces = [], waiting = 0;
			take();
		});
	}
}

// How long a request is whose head has come; 0 when it has not.
function lengthOf(bytes) {
	const end = bytes.indexOf(END_OF_HEAD);
	const length = end < 0 ? null : /\r\ncontent-length: *(\d+)/i.exec(bytes.toString('latin1', 0, end));
	return length ? end + 4 + Number(length[1]) : 0;
}

function parse(bytes) {
	const end = bytes.indexOf(END_OF_HEAD);
	if (end < 0) return null;
	const [first, ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
	const headers = {};
	for (const line of lines) {
		const colon = line.indexOf(':');
		headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
	}
	const length = Number(headers['content-length'] ?? 0);
	const start = end + 4;
	if (bytes.length < start + length) return null;
	const [method, target] = first.split(' ');
	return { method, target, headers, body: bytes.subarray(start, start + length), length: start + length };
}

class Exchange {
	constructor(upstream, socket, request, done) {
		this.upstream = upstream;
		this.socket = socket;
		this.done = done;
		this.over = false;
		this.json = readJson(request.body);
		const wanted = this.json?.max_completion_tokens ?? this.json?.max_tokens ?? Infinity;
		this.entry = {
			number: ++upstream.count, at: Date.now(), method: request.method, target: request.target,
			headers: request.headers, key: (request.headers.authorization ?? '').replace(/^Bearer /, ''),
			model: this.json?.model ?? '', body: upstream.keep ? this.json : undefined,
			raw: upstream.keep ? request.body.toString('utf8') : undefined,
			bytes: request.body.length, stream: this.json?.stream === true, limit: wanted,
			promptTokens: promptTokens(this.json), sentTokens: 0, billed: false, whole: false, leftAt: 0,
		};
		upstream.log.push(this.entry);
		upstream.running += 1;
		upstream.most = Math.max(upstream.most, upstream.running);
	}

	left() {
		if (this.over) return;
		this.entry.leftAt = Date.now();
		this.finish();
	}

	finish() {
		if (this.over) return;
		this.over = true;
		this.upstream.running -= 1;
	}

	async run(step) {
		this.entry.step = step.kind;
		if (step.wait_ms) await sleep(step.wait_ms);
		if (this.over) return;
		switch (step.kind) {
		case 'ok': return this.entry.stream ? this.#stream(step) : this.#whole(step);
		case 'status': return this.#error(step);
		case 'hang': this.upstream.hung.push(this.socket); return;
		case 'reset': return this.#reset();
		case 'resetInHead': this.#write('HTTP/1.1 200 OK\r\nContent-Ty'); return this.#resetSoon();
		case 'errorIn200': return this.#reply(200, { error: step.error });
		case 'whole': return this.#reply(200, step.json);
		case 'html': return this.#send(200, 'text/html', '<html><body>Sign in to continue</body></html>');
		case 'gzip': return this.#send(200, 'application/json', Buffer.from([0x1f, 0x8b, 8, 0, 0]), 'Content-Encoding: gzip\r\n');
		case 'truncatedJson': return this.#cut(step, false);
		case 'resetInBody': return this.#cut(step, true);
		default: throw new Error(`no step ${step.kind}`);
		}
	}

	#write(text) {
		if (!this.socket.destroyed && !this.socket.writableEnded) this.socket.write(text);
	}

	#reset() {
		this.finish();
		this.socket.resetAndDestroy();
	}

	async #resetSoon() {
		await sleep(30); // so that what was written arrives before the reset
		this.#reset();
	}

	#send(status, type, body, more = '') {
		const bytes = Buffer.from(body);
		this.#write(`HTTP/1.1 ${status} ${REASONS[status] ?? 'X'}\r\nContent-Type: ${type}\r\n${more}` +
			`x-request-id: up-${this.entry.number}\r\nset-cookie: upstream=1\r\nContent-Length: ${bytes.length}\r\n\r\n`);
		this.#write(bytes);
		this.finish();
		this.done();
	}

	#reply(status, value, headers = '') {
		this.#send(status, 'application/json', JSON.stringify(value), headers);
	}

	#error({ status, headers = {}, error, body }) {
		const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('');
		const fallback = { message: `scripted ${status}`, type: status === 429 ? 'requests' : 'server_error',
			param: null, code: status === 429 ? 'rate_limit_exceeded' : null };
		if (body !== undefined) return this.#send(status, 'text/html', body, lines);
		return this.#reply(status, { error: { ...fallback, ...error } }, lines);
	}

	#tokens(step) {
		const pieces = step.text === '' ? [] : step.text.split(/(?<= )/);
		return pieces.slice(0, Math.min(pieces.length, this.entry.limit));
	}

	#usage(completion, step) {
		const usage = step.usage ?? {};
		return { prompt_tokens: this.entry.promptTokens, completion_tokens: completion,
			total_tokens: this.entry.promptTokens + completion, ...usage };
	}

	#completion(step) {
		const tokens = this.#tokens(step);
		const message = { role: 'assistant', content: step.tool ? null : tokens.join(''), refusal: null };
		if (step.tool) message.tool_calls = [{ id: 'call_1', type: 'function', function: step.tool }];
		const count = tokens.length + (step.tool ? 7 : 0);
		this.entry.sentTokens = count;
		return { id: `chatcmpl-${this.entry.number}`, object: 'chat.completion', created: 1790000000,
			model: this.entry.model, choices: [{ index: 0, message, logprobs: null,
				finish_reason: step.tool ? 'tool_calls' : step.finish ?? 'stop' }],
			usage: this.#usage(count, step), system_fingerprint: 'fp_e2e' };
	}

	#whole(step) {
		const completion = this.#completion(step);
		this.entry.billed = true;
		this.entry.whole = true;
		this.#reply(200, completion);
	}

	#cut(step, reset) {
		const text = JSON.stringify(this.#completion(step));
		const half = text.slice(0, Math.floor(text.length / 2));
		this.entry.billed = true;
		if (!reset) return this.#send(200, 'application/json', half);
		this.#write(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${half}`);
		return this.#resetSoon();
	}

	#event(text) {
		const frame = `data: ${text}\n\n`;
		this.#write(`${Buffer.byteLength(frame).toString(16)}\r\n${frame}\r\n`);
	}

	#chunk(delta, finish, more = {}) {
		this.#event(JSON.stringify({ id: `chatcmpl-${this.entry.number}`, object: 'chat.completion.chunk',
			created: 1790000000, model: this.entry.model,
			choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }], ...more }));
	}

	async #stream(step) {
		this.#write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n' +
			`x-request-id: up-${this.entry.number}\r\nTransfer-Encoding: chunked\r\n\r\n`);
		this.entry.billed = true;
		const wantsUsage = this.json?.stream_options?.include_usage === true;
		if (step.first_ms) await sleep(step.first_ms);
		if (step.after !== 0) this.#chunk({ role: 'assistant', content: '' }, null);
		const tokens = this.#tokens(step);
		for (const token of tokens) {
			if (this.entry.sentTokens === step.after) return this.#break(step);
			if (step.gap_ms) await sleep(step.gap_ms);
			if (this.over) return;
			this.entry.sentTokens += 1; // counted before it is written: nothing is served unseen
			this.#chunk({ content: token }, null);
			if (step.silence_after === this.entry.sentTokens) await sleep(step.silence_ms);
		}
		if (step.tool) this.#toolEvents(step.tool);
		if (this.over) return;
		this.#chunk({}, step.tool ? 'tool_calls' : 'stop', step.usage_where === 'last_choice' ? { usage: this.#usage(this.entry.sentTokens, step) } : {});
		if (wantsUsage && step.usage_where !== 'none' && step.usage_where !== 'last_choice') {
			this.#event(JSON.stringify({ id: `chatcmpl-${this.entry.number}`, object: 'chat.completion.chunk',
				created: 1790000000, model: this.entry.model, choices: [], usage: this.#usage(this.entry.sentTokens, step) }));
		}
		this.#event('[DONE]');
		this.#write('0\r\n\r\n');
		this.entry.whole = true;
		this.finish();
		this.done();
	}

	#toolEvents(tool) {
		this.#chunk({ tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: tool.name, arguments: '' } }] }, null);
		for (let at = 0; at < tool.arguments.length; at += 4) {
			this.entry.sentTokens += 1;
			this.#chunk({ tool_calls: [{ index: 0, function: { arguments: tool.arguments.slice(at, at + 4) } }] }, null);
		}
	}

	#break(step) {
		if (step.end === 'reset') return this.#resetSoon();
		if (step.end === 'error') this.#event(JSON.stringify({ error: { message: 'the model crashed', type: 'server_error', code: 'server_error' } }));
		this.#write('0\r\n\r\n');
		this.finish();
		return this.done();
	}
}

function readJson(bytes) {
	try {
		return JSON.parse(bytes.toString('utf8'));
	} catch {
		return null;
	}
}

function promptTokens(json) {
	return Math.ceil(JSON.stringify(json?.messages ?? []).length / 4);
}

function sleep(ms) {
	return new Promise((resolve) => setTimeout(resolve, ms));
}
