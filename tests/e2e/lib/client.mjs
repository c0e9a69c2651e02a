// HTTP as bare as a test needs it: whole answers, event streams that can be left, raw bytes.
import http from 'node:http';
import net from 'node:net';

const agent = new http.Agent({ keepAlive: true, maxSockets: 256 });

export function request(url, { method = 'GET', headers = {}, body, timeout = 30000, fresh = false } = {}) {
	const text = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
	return new Promise((resolve, reject) => {
		const options = { method, agent: fresh ? new http.Agent() : agent,
			headers: { ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }), ...headers } };
		const call = http.request(url, options, (reply) => {
			const chunks = [];
			reply.on('data', (chunk) => chunks.push(chunk));
			reply.on('error', reject);
			reply.on('aborted', () => reject(new Error('the answer was cut')));
			reply.on('end', () => resolve(answer(reply, Buffer.concat(chunks))));
		});
		call.setTimeout(timeout, () => call.destroy(new Error(`no answer in ${timeout} ms`)));
		// A server may close an idle connection in the moment in which it is used again.
		call.on('error', (err) => (call.reusedSocket && err.code === 'ECONNRESET'
			? resolve(request(url, { method, headers, body, timeout, fresh: true })) : reject(err)));
		call.end(text);
	});
}

// A body whose length nobody says (Transfer-Encoding: chunked), in packets that a server sees apart.
export function inPackets(url, body, { headers = {}, packets = 3, ms = 60 } = {}) {
	const text = Buffer.from(JSON.stringify(body));
	return new Promise((resolve, reject) => {
		const call = http.request(url, { method: 'POST', agent: false, headers: { 'content-type': 'application/json', ...headers } }, (reply) => {
			const chunks = [];
			reply.on('data', (chunk) => chunks.push(chunk));
			reply.on('error', reject);
			reply.on('end', () => resolve(answer(reply, Buffer.concat(chunks))));
		});
		call.on('error', reject);
		const size = Math.ceil(text.length / packets);
		let at = 0;
		const next = () => {
			call.write(text.subarray(at, at += size));
			if (at < text.length) setTimeout(next, ms);
			else call.end();
		};
		next();
	});
}

function answer(reply, bytes) {
	const text = bytes.toString('utf8');
	let json;
	try {
		json = JSON.parse(text);
	} catch { /* not JSON: json stays undefined */ }
	return { status: reply.statusCode, headers: reply.headers, text, json };
}

export const bearer = (key) => ({ authorization: `Bearer ${key}` });

export function chat(gateway, key, body, options = {}) {
	return request(`${gateway.base}/v1/chat/completions`, { method: 'POST', ...options,
		headers: { ...bearer(key), ...options.headers }, body: { messages: [{ role: 'user', content: 'Say hello' }], ...body } });
}

// A streamed answer as it comes: .events with the time of each, .comments; .leave() hangs up.
export function stream(gateway, key, body, { headers = {} } = {}) {
	const text = JSON.stringify({ stream: true, messages: [{ role: 'user', content: 'Say hello' }], ...body });
	const state = { status: 0, headers: {}, events: [], comments: 0, text: '', done: false, cut: false, started: Date.now() };
	let call;
	state.over = new Promise((resolve) => {
		call = http.request(`${gateway.base}/v1/chat/completions`, { method: 'POST', agent: false,
			headers: { ...bearer(key), 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers } });
		call.on('response', (reply) => {
			Object.assign(state, { status: reply.statusCode, headers: reply.headers, headAt: Date.now() });
			reply.setEncoding('utf8');
			reply.on('data', (piece) => take(state, piece));
			reply.on('aborted', () => { state.cut = true; });
			reply.on('error', () => { state.cut = true; });
			reply.on('close', () => resolve(state));
		});
		call.on('error', (error) => { state.error = error; state.cut = true; resolve(state); });
		call.end(text);
	});
	state.leave = () => call.destroy();
	return state;
}

function take(state, piece) {
	state.text += piece;
	for (let end; (end = state.text.indexOf('\n\n', state.scanned ?? 0)) >= 0; state.scanned = end + 2) {
		const block = state.text.slice(state.scanned ?? 0, end);
		if (block.startsWith(':')) state.comments += 1;
		for (const line of block.split('\n')) {
			if (!line.startsWith('data:')) continue;
			const data = line.slice(5).trim();
			if (data === '[DONE]') state.done = true;
			else state.events.push({ at: Date.now(), json: JSON.parse(data) });
		}
	}
}

export function contentOf(state) {
	return state.events.map((event) => event.json.choices?.[0]?.delta?.content ?? '').join('');
}

// Sends bytes as they are, and gives back all that came until the server closed (or ms are over).
export function raw(port, bytes, { ms = 5000, half = false } = {}) {
	return new Promise((resolve) => {
		const chunks = [];
		const socket = net.connect(port, '127.0.0.1', () => { socket.write(bytes); if (half) socket.end(); });
		const finish = () => { clearTimeout(timer); socket.destroy(); resolve(Buffer.concat(chunks).toString('latin1')); };
		const timer = setTimeout(finish, ms);
		socket.on('data', (chunk) => chunks.push(chunk));
		socket.on('close', finish);
		socket.on('error', () => {});
	});
}
