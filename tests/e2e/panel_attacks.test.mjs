// Attacks on every page and form of the panel, taken from the program's own table (app/panel/pages.c), so that a page which is added
// tomorrow is attacked tomorrow.  What one page or one field needs stands in panel.test.mjs.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chat } from './lib/client.mjs';
import { Panel, idOf, makeAdmin, tokenOf } from './lib/panel.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { gateway, upstream } from './lib/story.mjs';

const table = fs.readFileSync(fileURLToPath(new URL('../../app/panel/pages.c', import.meta.url)), 'utf8');
const rows = (pattern, make) => [...table.matchAll(pattern)].flatMap(make);
const pages = [
	...rows(/\{ "(GET|POST)", +"([^"]+)", +ADMIN_(\w+)/g, ([, method, path, role]) => [{ method, path, role }]),
	...rows(/\bSHOW\("([^"]+)"/g, ([, path]) => [{ method: 'GET', path, role: 'VIEWER' }]),
	...rows(/\bFORM\("([^"]+)", +ADMIN_(\w+)/g, ([, path, role]) => [{ method: 'GET', path, role }, { method: 'POST', path, role }]),
	...rows(/\bDEED\("([^"]+)"/g, ([, path]) => [{ method: 'POST', path, role: 'FULL' }]),
];
assert.ok(pages.length > 40, 'the table of pages is read');
const inside = pages.filter((page) => page.role !== 'NOBODY');
const HOSTILE = '"\'><script>alert(1)</script>\r\nX-Injected: 1\r\n\r\n; DROP TABLE admin; --';
let up, gw, ada, eve, filled;

before(async () => {
	up = await upstream();
	gw = await gateway({ settings: settings([deployment('cheap', up.base)]) });
	makeAdmin(gw, 'ada');
	makeAdmin(gw, 'eve', 'viewer');
	ada = new Panel(gw.base);
	eve = new Panel(gw.base);
	assert.equal((await ada.signIn('ada')).status, 303);
	assert.equal((await eve.signIn('eve')).status, 303);
	const key = await gw.key('--alias', 'target', '--budget', '5/1d');
	assert.equal((await chat(gw, key, { model: 'cheap' })).status, 200);
	assert.equal((await ada.post('/teams/new', { id: 'crew', alias: 'crew' }, { from: '/teams/new' })).status < 400, true);
	await gw.quiet();
	const [{ id: request }] = await gw.sql('SELECT id FROM request');
	const [{ id: budget }] = await gw.sql('SELECT id FROM budget');
	const [{ team_id: team }] = await gw.sql('SELECT * FROM team').then((rows) => rows.map((row) => ({ team_id: row.id })));
	const things = { '/keys/{}': idOf((await ada.get('/keys')).text), '/budgets/{}': budget, '/requests/{}': request };
	filled = (path) => {
		const prefix = Object.keys(things).find((one) => path.startsWith(one));
		if (prefix) return path.replace('{}', things[prefix]);
		return path.startsWith('/team') && !path.startsWith('/teams') ? `${path}?id=${encodeURIComponent(team)}` : path;
	};
});

// All that a change would change; sessions are seen at each request, and events are only added.
const STATE = ['virtual_key', 'team', 'budget', 'budget_plan', 'admin', 'audit_event'];
const state = async () => JSON.stringify(await Promise.all(STATE.map((name) => gw.sql(`SELECT * FROM ${name}`))));

async function nothingChanges(attack) {
	const was = await state();
	for (const page of inside.filter((one) => one.method === 'POST')) await attack(filled(page.path), page);
	assert.equal(await state(), was);
}

test('the table was read, and its pages are there', async () => {
	assert.ok(inside.filter((page) => page.method === 'POST').length > 15 && inside.filter((page) => page.method === 'GET').length > 20);
	for (const page of inside.filter((one) => one.method === 'GET')) assert.equal((await ada.get(filled(page.path))).status, 200, page.path);
});

test('no form goes without its token, with a token of another session, or from another site', async () => {
	const other = new Panel(gw.base);
	await other.signIn('ada');
	const [token, foreign] = [tokenOf((await ada.get('/sessions')).text), tokenOf((await other.get('/sessions')).text)];
	const fields = { id: 'crew', alias: 'forged', name: 'mallory', role: 'admin' };
	await nothingChanges(async (path) => {
		assert.equal((await ada.send('POST', path, { fields })).status, 403, path);
		assert.equal((await ada.send('POST', path, { fields: { ...fields, token: foreign } })).status, 403, path);
		assert.equal((await ada.send('POST', path, { fields: { ...fields, token: '' } })).status, 403, path);
		for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }])
			assert.equal((await ada.send('POST', path, { fields: { ...fields, token }, headers })).status, 403, `${path} ${JSON.stringify(headers)}`);
	});
	assert.equal((await ada.get('/')).status, 200, 'she is still signed in');
});

test('a read-only admin tries each change in vain', async () => {
	const token = tokenOf((await eve.get('/sessions')).text);
	await nothingChanges(async (path, page) => {
		if (page.role !== 'FULL') return;
		assert.equal((await eve.send('POST', path, { fields: { token, id: 'crew', name: 'eve', role: 'admin' } })).status, 403, path);
	});
	for (const page of inside.filter((one) => one.method === 'GET' && one.role === 'FULL')) assert.equal((await eve.get(filled(page.path))).status, 403, page.path);
});

test('a session that has ended, or never was, sees nothing and changes nothing', async () => {
	const gone = new Panel(gw.base);
	await gone.signIn('ada');
	const token = tokenOf((await gone.get('/sessions')).text);
	const stolen = new Panel(gw.base);
	stolen.cookies = new Map(gone.cookies);
	assert.equal((await gone.post('/sign-out')).status, 303);
	const made = new Panel(gw.base);
	made.cookies.set('sideways_session', 'A'.repeat(43));
	for (const visitor of [stolen, made, new Panel(gw.base)]) {
		for (const page of inside.filter((one) => one.method === 'GET')) {
			const reply = await visitor.get(filled(page.path));
			assert.equal(reply.status, 303, page.path);
			assert.match(reply.headers.location, /^\/admin\/sign-in(\?next=|$)/, page.path);
			assert.doesNotMatch(reply.text, /target|crew/);
		}
		await nothingChanges(async (path) => {
			const reply = await visitor.send('POST', path, { fields: { token, id: 'crew' } });
			assert.ok([303, 403].includes(reply.status), `${path} ${reply.status}`);
		});
	}
});

test('what stands in the address breaks out of no page, no header and no statement', async () => {
	const rows = async () => (await gw.sql('SELECT count(*) AS n FROM admin'))[0].n;
	const admins = await rows(), hostile = encodeURIComponent(HOSTILE);
	const names = ['search', 'status', 'team', 'sort', 'order', 'page', 'before', 'after', 'model', 'direction', 'day', 'from', 'to', 'key', 'outcome', 'kind', 'thing', 'actor',
		'scope', 'format', 'id', 'done', 'next', 'group', 'failed', 'range', 'deployment'];
	for (const page of pages.filter((one) => one.method === 'GET')) {
		for (const path of [`${page.path.replace('{}', hostile)}?${names.map((name) => `${name}=${hostile}`).join('&')}`, ...names.map((name) => `${filled(page.path)}${filled(page.path).includes('?') ? '&' : '?'}${name}=${hostile}`)]) {
			const reply = await ada.get(path);
			assert.ok(reply.status < 500, `${path}: ${reply.status}`);
			assert.equal(reply.headers['x-injected'], undefined, path);
			assert.ok(!reply.text.includes('<script>alert'), path);
		}
	}
	assert.equal(await rows(), admins);
});

// As bytes, since no client sends such a path.
function raw(path) {
	return new Promise((resolve, reject) => {
		const socket = net.connect(gw.port, '127.0.0.1', () => socket.end(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${gw.port}\r\nAccept: text/html\r\nConnection: close\r\n\r\n`));
		let text = '';
		socket.setEncoding('latin1').on('data', (piece) => { text += piece; }).on('end', () => resolve(text)).on('error', reject);
	});
}

test('no way of writing a path leads past the sign-in, or to a file', async () => {
	for (const path of ['/admin/../admin/keys', '/admin/%2e%2e/admin/keys', '/admin//keys', '/admin/./keys', '/admin/keys/', '/admin/keys%2f', '/admin/keys%00', '/admin/keys;x', '/ADMIN/keys',
		'/admin/%6beys', '/admin/keys?/sign-in', '/admin/sign-in/../keys', '/admin/sign-in/keys', '/admin/files/../../app/main.c', '/admin/files/%2e%2e%2f%2e%2e%2fetc%2fpasswd', '/admin/..%5c..%5cetc%5cpasswd',
		'/admin/keys\\..\\sign-in', '//admin/keys', '/v1/../admin/keys', '/admin/setup', '/admin/%ff%fe']) {
		const text = await raw(path);
		assert.match(text, /^HTTP\/1\.1 (303|301|400|401|403|404|405) /, `${path}: ${text.slice(0, 60)}`);
		assert.doesNotMatch(text, /target|root:|int main/, path);
	}
});
