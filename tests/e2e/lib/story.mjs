// What each test file begins and ends with: gateways and upstreams that are torn down whatever happens, and a look
// through all that was written for keys that should not be there.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after } from 'node:test';
import { MASTER_KEY, startGateway } from './sandbox.mjs';
import { startUpstream } from './upstream.mjs';

const gateways = [];
const upstreams = [];
const issued = new Set();
const replies = []; // text that clients got, where a test chose to keep it

export async function upstream(options) {
	const made = await startUpstream(options);
	upstreams.push(made);
	return made;
}

export async function gateway(options) {
	const made = await startGateway(options).catch((error) => { throw new Error(error.message); });
	const key = made.key.bind(made);
	made.key = async (...args) => {
		const secret = await key(...args);
		issued.add(secret);
		return secret;
	};
	gateways.push(made);
	return made;
}

export function keepReply(text) {
	replies.push(text);
}

after(async () => {
	try {
		for (const made of gateways) await made.stop();
		for (const made of gateways) findCanaries(made.dir);
		for (const made of gateways) findCrashes(made.output(Infinity));
	} finally {
		for (const made of gateways) await made.remove();
		for (const made of upstreams) await made.close();
	}
}, { timeout: 60000 });

// Secrets as they could leak: whole, and their last twelve characters (a hint shows at most four).
function secrets() {
	const all = [...issued, MASTER_KEY];
	return all.flatMap((secret) => [secret, secret.slice(-12)]);
}

export function findCanaries(dir, more = []) {
	const wanted = [...secrets(), 'CANARY-provider', ...more];
	for (const at of files(dir)) {
		// The operator's own files name the keys: that is where they come from.
		if (/(sideways\.yaml|lighttpd\.conf)(\.\w+)?$/.test(at)) continue;
		const text = fs.readFileSync(at, 'latin1');
		for (const secret of wanted) assert.ok(!text.includes(secret), `${path.basename(at)} holds a secret (…${secret.slice(-4)})`);
	}
	for (const text of replies) {
		for (const secret of ['CANARY-provider', MASTER_KEY]) assert.ok(!text.includes(secret), 'a reply holds a secret');
	}
}

// What the sanitizers and a failed assert() write.
function findCrashes(text) {
	const found = text.match(/.*(AddressSanitizer|LeakSanitizer|runtime error:|Assertion `).*/);
	assert.equal(found?.[0], undefined, text.slice(Math.max(0, found?.index - 200), found?.index + 4000));
}

function files(dir) {
	return fs.readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
		const at = path.join(dir, entry.name);
		if (entry.isDirectory()) return files(at);
		return entry.isFile() ? [at] : [];
	});
}
