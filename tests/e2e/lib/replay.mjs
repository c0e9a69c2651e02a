// A provider that plays folders of steps (tests/replay), byte for byte, on a bare socket.
//
// It can split the bytes of the wire (head and chunk framing too) at any offset, put the body in chunks of any size, and end
// for good at any offset.  What it was asked is kept as it came.
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '../../replay');
// Long enough that the two sides of a cut are two reads of the gateway.
const CUT_MS = 3;

export const folder = (...names) => path.join(ROOT, ...names);

// The steps of a folder: { kind, bytes } or { kind: 'wait', ms }.
export function readSteps(dir) {
	return fs.readdirSync(dir).filter((name) => /\.(head|body|wait)$/.test(name)).sort().map((name) => {
		const bytes = fs.readFileSync(path.join(dir, name));
		const kind = path.extname(name).slice(1);
		if (kind === 'wait') return { kind, ms: Number(bytes.toString()) };
		return { kind, bytes: kind === 'head' ? Buffer.from(bytes.toString().trimEnd().replace(/\n/g, '\r\n') + '\r\n\r\n') : bytes };
	});
}

// Pieces of the wire, and waits between them.  size: the length of a chunk, else a body step is one.
function wire(steps, size = Infinity) {
	const chunked = steps.some((s) => s.kind === 'head' && /transfer-encoding: *chunked/i.test(s.bytes.toString()));
	const played = steps.flatMap((step) => {
		if (step.kind !== 'body') return [step];
		const pieces = [];
		for (let at = 0; at < step.bytes.length; at += size) pieces.push(step.bytes.subarray(at, Math.min(at + size, step.bytes.length)));
		return pieces.map((bytes) => ({ kind: 'body', bytes: chunked ? Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]) : bytes }));
	});
	return chunked ? [...played, { kind: 'body', bytes: Buffer.from('0\r\n\r\n') }] : played;
}

export const wireLength = (steps) => wire(steps).reduce((sum, s) => sum + (s.bytes?.length ?? 0), 0);

// Where an answer can be cut: `count` offsets spread over it, others for another seed.
export function offsets(length, count, seed) {
	return Array.from({ length: count }, (_, i) => 1 + Math.floor(((i + ((seed * 0.618034) % 1)) * (length - 1)) / count));
}

// at: the bytes are two pieces from here on, with a pause between them.
function splitAt(pieces, at) {
	let seen = 0;
	return pieces.flatMap((piece) => {
		const start = seen;
		seen += piece.bytes?.length ?? 0;
		if (!piece.bytes || at <= start || at >= seen) return [piece];
		return [{ ...piece, bytes: piece.bytes.subarray(0, at - start) }, { kind: 'wait', ms: CUT_MS }, { ...piece, bytes: piece.bytes.subarray(at - start) }];
	});
}

function endAt(pieces, at) {
	let left = at;
	return pieces.flatMap((piece) => {
		if (left <= 0) return [];
		const bytes = piece.bytes?.subarray(0, left);
		left -= bytes?.length ?? 0;
		return [{ ...piece, bytes }];
	});
}

export async function startReplay() {
	const server = new Replay();
	await new Promise((resolve, reject) => {
		server.server.once('error', reject);
		server.server.listen(0, '127.0.0.1', resolve);
	});
	server.base = `http://127.0.0.1:${server.server.address().port}`;
	return server;
}

class Replay {
	constructor() {
		this.queue = [];
		this.log = [];      // { head, body: Buffer, ended: when the last byte of the answer was sent }
		this.sockets = new Set();
		this.server = net.createServer({ noDelay: true }, (socket) => this.#accept(socket));
	}

	// The next request is answered by these steps.  how: { cut, size, end, hasty (no waits) }
	next(steps, how = {}) {
		this.queue.push({ steps, how });
	}

	async close() {
		for (const socket of this.sockets) socket.destroy();
		await new Promise((resolve) => this.server.close(resolve));
	}

	#accept(socket) {
		this.sockets.add(socket);
		socket.on('close', () => this.sockets.delete(socket));
		socket.on('error', () => {});
		let pending = Buffer.alloc(0);
		socket.on('data', (bytes) => {
			pending = Buffer.concat([pending, bytes]);
			const end = pending.indexOf('\r\n\r\n');
			if (end < 0) return;
			const head = pending.toString('latin1', 0, end);
			const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
			if (pending.length < end + 4 + length) return;
			const entry = { head, body: pending.subarray(end + 4, end + 4 + length), ended: 0 };
			pending = pending.subarray(end + 4 + length);
			this.log.push(entry);
			void this.#play(socket, entry, this.queue.shift());
		});
	}

	async #play(socket, entry, { steps, how } = { steps: [{ kind: 'head', bytes: Buffer.from('HTTP/1.1 500 Nothing To Play\r\nContent-Length: 0\r\n\r\n') }], how: {} }) {
		let pieces = wire(steps, how.size).filter((piece) => !(how.hasty && piece.kind === 'wait'));
		if (how.cut) pieces = splitAt(pieces, how.cut);
		if (how.end) pieces = endAt(pieces, how.end);
		for (const piece of pieces) {
			if (socket.destroyed) return;
			if (piece.kind === 'wait') await new Promise((resolve) => setTimeout(resolve, piece.ms));
			else await new Promise((resolve) => socket.write(piece.bytes, resolve));
		}
		entry.ended = performance.now();
		if (how.end) socket.destroy();
	}
}
