// Measures the way from this browser to the gateway with the gateway's test page, as `sideways doctor URL` does, and shows for each check
// the line of installation.html that fits. Each measurement answers 'ok', 'warning' or 'problem'.
const way = document.getElementById('way');
const { url, events, gap, bytes } = way.dataset;
const badges = { ok: 'good', warning: 'warn', problem: 'bad' };

function show(check, level) {
	const line = way.querySelector(`[data-check="${check}"]`);
	for (const text of line.querySelectorAll('small')) text.hidden = !(level in text.dataset);
	line.querySelector('.badge')?.remove();
	const badge = document.createElement('span');
	badge.className = `badge ${badges[level] ?? ''}`;
	badge.textContent = level;
	line.prepend(badge, ' ');
	line.hidden = false;
}

const ask = (what, options) => fetch(`${url}&do=${what}`, { cache: 'no-store', credentials: 'omit', redirect: 'error', ...options });
const nonces = new Set();

async function echo(options) {
	const answer = await ask('echo', options);
	if (!answer.ok) throw new Error(`status ${answer.status}`);
	return { answer, seen: await answer.json() };
}

async function headers() {
	const { answer, seen } = await echo({ headers: { authorization: 'Bearer sideways-doctor', 'x-api-key': 'sideways-doctor' } });
	nonces.add(seen.nonce);
	const local = ['localhost', '127.0.0.1', '[::1]'].includes(location.hostname);
	show('key', !seen.authorization ? 'problem' : seen.x_api_key ? 'ok' : 'warning');
	show('tls', location.protocol !== 'https:' ? (local ? 'ok' : 'warning') : seen.https ? 'ok' : 'problem');
	show('headers', answer.headers.has('x-sideways-request-id') ? 'ok' : 'warning');
}

async function caching() {
	let cached = false;
	for (let i = 0; i < 2; i++) {
		const { answer, seen } = await echo();
		cached ||= answer.headers.has('age') || nonces.has(seen.nonce);
	}
	return cached ? 'problem' : 'ok';
}

// Of the waits between events at least half must show as waits here.  A server that keeps events back does so every time;
// a busy machine does not.
async function streaming() {
	let found;
	for (let i = 0; i < 3; i += 1) {
		found = await stream();
		if (found === 'ok') break;
	}
	return found;
}

async function stream() {
	const answer = await ask('stream');
	const reader = answer.body.getReader();
	let waits = 0;
	for (let last = NaN; ;) {
		const { done } = await reader.read();
		const now = performance.now();
		if (done) break;
		if (now - last >= gap / 2) waits += 1;
		last = now;
	}
	if (answer.ok && waits >= events / 2) return 'ok';
	return answer.headers.has('content-encoding') ? 'warning' : 'problem';
}

async function body() {
	const { seen } = await echo({ method: 'POST', body: new Uint8Array(Number(bytes)) });
	return seen.body_bytes === Number(bytes) ? 'ok' : 'problem';
}

const patience = async () => ((await ask(`wait&ms=${way.dataset.wait}`)).ok ? 'ok' : 'problem');

async function measure() {
	await headers().catch(() => { for (const check of ['key', 'tls', 'headers']) show(check, 'problem'); });
	for (const [check, run] of Object.entries({ caching, streaming, body, timeouts: patience })) show(check, await run().catch(() => 'problem'));
	way.dataset.measured = '';
}

const start = way.querySelector('[data-start]');
start.hidden = 'atOnce' in way.dataset;
start.querySelector('button').addEventListener('click', () => {
	start.hidden = true;
	measure();
});
if (start.hidden) measure();
