// FastCGI spoken by a test itself, for what no web server would say: records that cannot be, requests that are cut or end
// early, connections that are silent.
import net from 'node:net';

export const BEGIN = 1, ABORT = 2, END = 3, PARAMS = 4, STDIN = 5, STDOUT = 6;

export function record(type, content = '', id = 1) {
	const bytes = Buffer.from(content);
	return Buffer.concat([Buffer.from([1, type, id >> 8, id & 255, bytes.length >> 8, bytes.length & 255, 0, 0]), bytes]);
}

export const begin = (keep = false) => record(BEGIN, Buffer.from([0, 1, keep ? 1 : 0, 0, 0, 0, 0, 0]));

function length(n) {
	return n < 128 ? [n] : [0x80 | (n >>> 24), (n >> 16) & 255, (n >> 8) & 255, n & 255];
}

export function params(variables) {
	return Buffer.concat(Object.entries(variables).map(([name, value]) => {
		const bytes = Buffer.from(String(value));
		return Buffer.concat([Buffer.from([...length(name.length), ...length(bytes.length)]), Buffer.from(name), bytes]);
	}));
}

// The head of a POST, with or without a length.
export function head(url, { key, length: announced, keep = false, ...more } = {}) {
	return Buffer.concat([begin(keep), record(PARAMS, params({ REQUEST_METHOD: 'POST', REQUEST_URI: url, QUERY_STRING: '', SCRIPT_NAME: '', REMOTE_ADDR: '192.0.2.1',
		CONTENT_TYPE: 'application/json', ...(announced === undefined ? {} : { CONTENT_LENGTH: announced }), ...(key ? { HTTP_AUTHORIZATION: `Bearer ${key}` } : {}), ...more })), record(PARAMS)]);
}

export function body(text) {
	const bytes = Buffer.from(text), records = [];
	for (let at = 0; at < bytes.length; at += 65535) records.push(record(STDIN, bytes.subarray(at, at + 65535)));
	return Buffer.concat([...records, record(STDIN)]);
}

// Sends bytes, and gives back what came until the end of the answer or of the connection: { status, text, ended, closed }.
export function speak(socketPath, bytes, { ms = 10000, hangUp = false } = {}) {
	return new Promise((resolve) => {
		const chunks = [];
		const socket = net.connect(socketPath, () => { socket.write(bytes); if (hangUp) socket.end(); });
		const finish = (closed) => { clearTimeout(timer); socket.destroy(); resolve({ ...answer(Buffer.concat(chunks)), closed }); };
		const timer = setTimeout(() => finish(false), ms);
		socket.on('data', (chunk) => { chunks.push(chunk); if (answer(Buffer.concat(chunks)).ended) finish(false); });
		socket.on('close', () => finish(true));
		socket.on('error', () => {});
	});
}

function answer(bytes) {
	let text = '', ended = false;
	for (let at = 0; at + 8 <= bytes.length;) {
		const size = bytes.readUInt16BE(at + 4);
		if (at + 8 + size > bytes.length) break;
		if (bytes[at + 1] === STDOUT) text += bytes.toString('utf8', at + 8, at + 8 + size);
		if (bytes[at + 1] === END) ended = true;
		at += 8 + size + bytes[at + 6];
	}
	return { status: Number(/^Status: (\d+)/.exec(text)?.[1] ?? 0), text, ended };
}
