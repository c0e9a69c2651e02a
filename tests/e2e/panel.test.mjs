// The panel over HTTP: signing in, who may do what, forged forms, hostile names, and every change of a key.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { before, test } from 'node:test';
import { chat, request } from './lib/client.mjs';
import { Panel, PASSWORD, fieldsOf, idOf, makeAdmin, tokenOf } from './lib/panel.mjs';
import { MASTER_KEY } from './lib/sandbox.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { gateway, upstream } from './lib/story.mjs';

const HOSTILE = '<script>alert(1)</script>"\'&\u202e';
let up, gw, cgi, ada, eve;

const plan = () => settings([deployment('cheap', up.base), deployment('cheap-too', up.base)], { router: { fallbacks: [{ cheap: ['cheap-too'] }] } });

before(async () => {
	up = await upstream();
	gw = await gateway({ settings: plan() });
	cgi = await gateway({ front: 'cgi', settings: plan() });
});

const rows = async (table) => (await gw.sql(`SELECT count(*) AS n FROM ${table}`))[0].n;
const cookieOf = (reply) => reply.headers['set-cookie'][0];

test('without an admin there is the set-up page, and it wants a code', async () => {
	const first = new Panel(gw.base);
	assert.equal((await first.get('/keys')).headers.location, '/admin/sign-in?next=%2Fkeys');
	assert.equal((await first.get('/sign-in')).headers.location, '/admin/setup');
	const form = { name: 'ada', password: PASSWORD, again: PASSWORD };
	assert.equal((await first.post('/setup', { ...form, code: 'guessed' }, { from: '/setup' })).status, 401);
	assert.equal(await rows('admin'), 0);
	assert.equal((await first.post('/setup', { ...form, code: MASTER_KEY, password: 'short', again: 'short' }, { from: '/setup' })).status, 422);
	const code = (await gw.cli('passwd', '--code')).stdout.trim();
	const made = await first.post('/setup', { ...form, code }, { from: '/setup' });
	assert.equal(made.status, 303);
	assert.equal(made.headers.location, '/admin/');
	assert.equal((await first.get('/')).status, 200);
	ada = first;
});

test('the page Configuration says what doctor says, and connects to the providers when asked', async () => {
	const page = (await ada.get('/configuration')).text;
	for (const check of ['settings', 'settings in force', 'durable write', 'database file', 'holds', 'money']) assert.match(page, new RegExp(`<b>${check}</b>`), check);
	assert.doesNotMatch(page, /<b>provider<\/b>/);
	assert.match((await ada.get('/configuration?reach=1')).text, /<b>provider<\/b><br><small>http:\/\/127\.0\.0\.1:\d+: connected in/);
	fs.chmodSync(gw.db, 0o644);
	assert.match((await ada.get('/configuration')).text, /badge bad">problem<\/span> <b>database file<\/b>.*\n?.*chmod 600/);
	fs.chmodSync(gw.db, 0o600);
});

test('once there is an admin the set-up page is gone, and its code is worth nothing', async () => {
	assert.equal((await new Panel(gw.base).get('/setup')).status, 404);
	assert.equal((await gw.cli('passwd', '--code')).status, 1);
	assert.equal((await gw.sql('SELECT * FROM setup_code')).length, 0);
});

test('of two who set up at once one wins', async () => {
	const code = (await cgi.cli('passwd', '--code')).stdout.trim();
	const tries = await Promise.all(['one', 'two'].map((name) => new Panel(cgi.base).post('/setup',
		{ code, name, password: PASSWORD, again: PASSWORD }, { from: '/setup' })));
	assert.equal(tries.filter((reply) => reply.status === 303).length, 1, tries.map((reply) => reply.status).join());
	assert.equal((await cgi.sql('SELECT * FROM admin')).length, 1);
	await cgi.sql('DELETE FROM admin');
});

test('a password signs in, a session gets a new cookie that scripts cannot read, and the store has only its hash', async () => {
	const panel = new Panel(gw.base);
	await panel.get('/sign-in');
	const before = panel.cookies.get('sideways_form');
	panel.cookies.set('sideways_session', before); // fixation: a cookie that an attacker chose
	const reply = await panel.signIn('ada');
	assert.equal(reply.status, 303);
	assert.match(cookieOf(reply), /^sideways_session=[A-Za-z0-9]{43}; Path=\/admin; HttpOnly; SameSite=Strict$/);
	assert.notEqual(panel.cookies.get('sideways_session'), before);
	assert.equal((await gw.sql(`SELECT * FROM admin_session WHERE hash = '${panel.cookies.get('sideways_session')}'`)).length, 0);
	assert.ok(!JSON.stringify(await gw.sql('SELECT * FROM admin')).includes(PASSWORD));
	assert.match((await gw.sql('SELECT password FROM admin'))[0].password, /^\$argon2id\$v=19\$m=65536,t=3,p=1\$/);
});

test('behind HTTPS the cookie is Secure and bound to the host', async () => {
	const panel = new Panel(gw.base);
	const headers = { 'x-forwarded-proto': 'https' };
	const page = await panel.get('/sign-in', { headers });
	assert.match(cookieOf(page), /^__Host-sideways-form=[A-Za-z0-9]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict$/);
	const reply = await panel.send('POST', '/sign-in', { headers, fields: { token: tokenOf(page.text), name: 'ada', password: PASSWORD } });
	assert.match(cookieOf(reply), /^__Host-sideways=[A-Za-z0-9]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict$/);
	assert.match(reply.headers['strict-transport-security'], /max-age=/);
});

test('every answer forbids foreign scripts, frames and caches', async () => {
	for (const reply of [await ada.get('/'), await ada.get('/nothing'), await new Panel(gw.base).get('/sign-in'), await ada.post('/keys/x/block')]) {
		assert.match(reply.headers['content-security-policy'], /default-src 'none'.*frame-ancestors 'none'.*base-uri 'none'/);
		assert.doesNotMatch(reply.headers['content-security-policy'], /unsafe/);
		assert.equal(reply.headers['cache-control'], 'no-store');
		assert.equal(reply.headers['x-frame-options'], 'DENY');
		assert.equal(reply.headers['x-content-type-options'], 'nosniff');
		assert.equal(reply.headers['referrer-policy'], 'same-origin');
		assert.doesNotMatch(reply.text, / style=|<script>| on[a-z]+="/);
	}
});

test('files have their digest in the name and are kept; another name is not found', async () => {
	const html = (await ada.get('/')).text;
	const css = /href="\/admin(\/static\/panel-[0-9a-f]{12}\.css)"/.exec(html)[1];
	const reply = await ada.get(css);
	assert.equal(reply.status, 200);
	assert.match(reply.headers['cache-control'], /immutable/);
	assert.equal((await ada.get('/static/panel-000000000000.css')).status, 404);
	assert.ok([400, 404].includes((await ada.get('/static/../../etc/passwd')).status));
});

test('a form without its token, with another session\'s, or from another site changes nothing', async () => {
	const other = new Panel(gw.base);
	await other.signIn('ada');
	const token = tokenOf((await ada.get('/keys/new')).text), foreign = tokenOf((await other.get('/keys/new')).text);
	assert.notEqual(token, foreign);
	const form = { alias: 'forged' }, keys = await rows('virtual_key');
	assert.equal((await ada.send('POST', '/keys/new', { fields: form })).status, 403);
	assert.equal((await ada.send('POST', '/keys/new', { fields: { ...form, token: foreign } })).status, 403);
	for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }])
		assert.equal((await ada.send('POST', '/keys/new', { fields: { ...form, token }, headers })).status, 403);
	assert.equal((await new Panel(gw.base).send('POST', '/keys/new', { fields: { ...form, token } })).headers.location, '/admin/sign-in');
	assert.equal((await ada.send('POST', '/keys/new', { fields: { ...form, token }, headers: { 'content-type': 'text/plain' } })).status, 400);
	assert.equal((await ada.get('/keys/x/block')).status, 405);
	assert.equal((await new Panel(gw.base).send('POST', '/sign-in', { fields: { name: 'ada', password: PASSWORD } })).status, 403);
	assert.equal(await rows('virtual_key'), keys);
	const fine = await ada.send('POST', '/keys/new', { fields: { alias: 'meant', token }, headers: { origin: gw.base, 'sec-fetch-site': 'same-origin' } });
	assert.equal(fine.status, 200);
});

test('an error page has the menu for whoever is signed in, and tells others nothing', async () => {
	for (const [path, status] of [['/no-such-page', 404], ['/keys/', 404], ['/keys/x/y/z', 404], ['/keys/%zz', 400], ['/%', 400], ['/keys?search=%zz', 400], ['/team?id=none', 404], ['/keys/x/block', 405]]) {
		const mine = await ada.get(path), other = await new Panel(gw.base).get(path);
		assert.equal(mine.status, status, path);
		assert.match(mine.text, /<nav id="menu" aria-label="Main">.*Audit trail.*<b>ada<\/b>.*>Overview<\/a><\/p>/s, path);
		assert.doesNotMatch(other.text, /<nav|ada/, path);
		const token = tokenOf(mine.text);
		assert.equal(token, tokenOf((await ada.get('/sessions')).text), path);
	}
	assert.equal((await ada.post('/keys/', {})).status, 404);
});

test('a field that a page does not offer is refused', async () => {
	const keys = await rows('virtual_key');
	assert.equal((await ada.post('/keys/new', { alias: 'x', role: 'admin' })).status, 422);
	assert.equal((await ada.post('/keys/new', { alias: 'x', spent_nano: '0' })).status, 422);
	assert.equal(await rows('virtual_key'), keys);
});

test('a viewer sees every page and changes nothing', async () => {
	makeAdmin(gw, 'eve', 'viewer');
	eve = new Panel(gw.base);
	assert.equal((await eve.signIn('eve')).status, 303);
	const id = idOf((await ada.get('/keys')).text);
	for (const path of ['/', '/keys', `/keys/${id}`, '/teams', '/budgets', '/audit', '/sessions'])
		assert.equal((await eve.get(path)).status, 200, path);
	const keys = JSON.stringify(await gw.sql('SELECT * FROM virtual_key'));
	for (const path of ['/keys/new', `/keys/${id}/edit`, `/keys/${id}/block`, `/keys/${id}/unblock`, `/keys/${id}/rotate`, `/keys/${id}/delete`,
		`/keys/${id}/reset`, '/teams/new', '/team/edit?id=x', '/team/block', '/team/delete', '/budgets/1', '/admins', '/admins/remove'])
		assert.equal((await eve.post(path, { id: 'x', name: 'eve', role: 'admin' })).status, 403, path);
	assert.equal((await eve.get('/admins')).status, 403);
	assert.equal(JSON.stringify(await gw.sql('SELECT * FROM virtual_key')), keys);
	assert.doesNotMatch((await eve.get(`/keys/${id}`)).text, /Delete|Rotate/);
});

test('a key is made, shown once, edited, blocked, rotated with grace, and deleted; the API follows at once', async () => {
	const made = await ada.post('/keys/new', { alias: 'reports', models: 'cheap', amount1: '5', period1: '1d', rpm: '100', metadata: '{"a": 1}' });
	assert.equal(made.status, 200);
	const secret = /<code id="secret">(sk-[^<]+)</.exec(made.text)[1], id = idOf(made.text);
	assert.equal(made.headers['cache-control'], 'no-store');
	assert.equal((await chat(gw, secret, { model: 'cheap' })).status, 200);
	assert.equal((await chat(gw, secret, { model: 'cheap-too' })).status, 404);
	for (const path of ['/keys', `/keys/${id}`, `/keys/${id}/edit`, '/audit', '/'])
		assert.ok(!(await ada.get(path)).text.includes(secret), path);

	const edit = { alias: 'reports-2', models: 'cheap, cheap-too', amount1: '7.50', period1: '1mo', metadata: '{}' };
	assert.equal((await ada.post(`/keys/${id}/edit`, { ...edit, amount1: 'seven' })).status, 422);
	assert.equal((await ada.post(`/keys/${id}/edit`, edit)).headers.location, `/admin/keys/${id}?done=saved`);
	assert.equal((await chat(gw, secret, { model: 'cheap-too' })).status, 200);
	const budgets = await gw.sql(`SELECT period, limit_nano FROM budget WHERE scope_id = '${id}' AND active`);
	assert.deepEqual(budgets, [{ period: '1mo', limit_nano: 7500000000 }]);

	assert.equal((await ada.post(`/keys/${id}/block`)).status, 303);
	assert.equal((await chat(gw, secret, { model: 'cheap' })).status, 401);
	assert.equal((await ada.post(`/keys/${id}/unblock`)).status, 303);
	assert.equal((await chat(gw, secret, { model: 'cheap' })).status, 200);

	const rotated = await ada.post(`/keys/${id}/rotate`, { grace_hours: '1' });
	const next = /<code id="secret">(sk-[^<]+)</.exec(rotated.text)[1];
	assert.notEqual(next, secret);
	for (const key of [secret, next]) assert.equal((await chat(gw, key, { model: 'cheap' })).status, 200);
	const last = /<code id="secret">(sk-[^<]+)</.exec((await ada.post(`/keys/${id}/rotate`, { grace_hours: '0' })).text)[1];
	assert.equal((await chat(gw, next, { model: 'cheap' })).status, 401);

	assert.match((await ada.get(`/keys/${id}/delete`)).text, /Delete this key/);
	assert.equal((await ada.post(`/keys/${id}/delete`)).headers.location, '/admin/keys?done=deleted');
	assert.equal((await chat(gw, last, { model: 'cheap' })).status, 401);
	assert.match((await ada.get(`/keys/${id}`)).text, /deleted/);
	const trail = (await gw.sql(`SELECT action, actor, through FROM audit_event WHERE thing_id = '${id}' ORDER BY id`));
	assert.deepEqual(trail.map((row) => row.action), ['key.create', 'key.update', 'key.block', 'key.unblock', 'key.rotate', 'key.rotate', 'key.delete']);
	assert.ok(trail.every((row) => row.actor === 'admin ada' && row.through === 'panel'));
	assert.ok((await gw.audit()).clean);
});

test('a team is made, edited, blocked with its keys, and deleted', async () => {
	assert.equal((await ada.post('/teams/new', { id: 'a/b team', alias: 'Team A', amount1: '1', period1: '1d' })).headers.location, '/admin/team?id=a%2Fb%20team&done=created');
	const made = await ada.post('/keys/new', { alias: 'of-team', team: 'a/b team' });
	const secret = /<code id="secret">(sk-[^<]+)</.exec(made.text)[1];
	assert.match((await ada.get('/team?id=a%2Fb%20team')).text, /of-team/);
	assert.equal((await ada.post('/team/edit?id=a%2Fb%20team', { alias: 'Team B', amount1: '2', period1: '1d' })).status, 303);
	assert.equal((await ada.post('/team/block', { id: 'a/b team' })).status, 303);
	assert.equal((await chat(gw, secret, { model: 'cheap' })).status, 401);
	assert.equal((await ada.post('/team/unblock', { id: 'a/b team' })).status, 303);
	assert.equal((await chat(gw, secret, { model: 'cheap' })).status, 200);
	const budget = (await gw.sql("SELECT id FROM budget WHERE scope = 'team' AND scope_id = 'a/b team' AND active"))[0].id;
	assert.equal((await ada.post(`/budgets/${budget}`, { amount: '3.25' })).headers.location, `/admin/budgets/${budget}?done=saved`);
	assert.equal((await gw.sql(`SELECT limit_nano AS n FROM budget WHERE id = ${budget}`))[0].n, 3250000000);
	assert.equal((await ada.post('/team/delete', { id: 'a/b team' })).status, 303);
	assert.equal((await chat(gw, secret, { model: 'cheap' })).status, 401);
});

test('a team with more keys than its page shows says how many there are, and leads to all of them', async () => {
	await ada.post('/teams/new', { id: 'big & team', alias: 'Big' });
	const add = (from, to) => gw.sql(`WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${to})
		INSERT INTO virtual_key (id, hash, hint, team_id, created_ms) SELECT 'key-big' || i, 'big' || i, 'sk-...' || i, 'big & team', 1 FROM n`);
	const page = async () => (await ada.get('/team?id=big%20%26%20team')).text;
	await add(1, 100);
	assert.doesNotMatch(await page(), /that spent most/);
	await add(101, 103);
	const link = /The 100 keys that spent most, of 103\. <a href="\/admin(\/keys\?team=[^"]+)">/.exec(await page())[1];
	assert.match((await ada.get(link)).text, /103 in all/);
	await gw.sql("DELETE FROM virtual_key WHERE team_id = 'big & team'");
});

test('names, models, metadata and browsers that are markup are shown as text', async () => {
	const name = HOSTILE.replace('\u202e', ''); // refused in names
	assert.equal((await ada.post('/keys/new', { alias: HOSTILE, models: 'cheap' })).status, 422);
	const made = await ada.post('/keys/new', { alias: name, models: 'cheap, <b>bold</b>', force: '1', team: name, metadata: JSON.stringify({ '<i>': HOSTILE }) });
	const id = idOf(made.text), secret = /<code id="secret">(sk-[^<]+)</.exec(made.text)[1];
	const [hostile, request] = [await chat(gw, secret, { model: HOSTILE }), await chat(gw, secret, { model: 'cheap' })].map((reply) => reply.headers['x-sideways-request-id']);
	for (const id of [hostile, request]) await gw.record(id);
	await gw.quiet();
	await gw.sql(`UPDATE request SET error = '<script>alert(3)</script>', asked_model = '=1+<script>' WHERE id = '${request}'`);
	await ada.get('/', { headers: { 'user-agent': '<script>alert(2)</script>"' } });
	const team = encodeURIComponent(HOSTILE);
	for (const path of ['/', '/keys', `/keys?search=${team}`, `/keys/${id}`, `/keys/${id}/edit`, `/keys/${id}/delete`, '/teams', `/team?id=${encodeURIComponent(name)}`, '/audit',
		`/audit?thing=${team}&actor=${team}`, '/sessions', '/budgets', `/keys?sort=${team}&status=${team}`, `/sign-in?next=${team}`, `/keys?done=${team}`, '/requests', `/requests/${request}`, `/requests?model=${team}&key=${team}&show=${team}&from=${team}&to=${team}&before=${team}`,
		'/fallbacks', `/fallbacks?model=${team}&show=${team}`, '/models', `/models?model=${team}&failure=${team}`, '/configuration']) {
		const reply = await ada.get(path);
		assert.ok([200, 422].includes(reply.status), `${path}: ${reply.status}`);
		assert.doesNotMatch(reply.text, /<script>|<b>bold|<i>"|\u202e/, path);
	}
	const page = await ada.get(`/keys/${id}`);
	assert.ok(page.text.includes('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;\\u202e'), `${page.status} ${page.text}`);
});

test('both logs go out as CSV and JSON, and no cell is a formula', async () => {
	const csv = await ada.get('/export/requests?');
	assert.match(csv.headers['content-disposition'], /filename="requests\.csv"/);
	assert.match(csv.text, /^id,started,.*\r\n/);
	assert.match(csv.text, /,"'=1\+<script>",/);
	const json = await ada.get('/export/requests?json=1');
	assert.ok(Array.isArray(json.json) && json.json.length > 3);
	assert.equal((await ada.get('/export/fallbacks?json=1')).headers['content-type'], 'application/json');
	assert.equal((await new Panel(gw.base).get('/export/requests')).status, 303);
});

test('SQL in every filter is a text like any other', async () => {
	const sql = encodeURIComponent("' OR 1=1; DROP TABLE admin; --%_");
	for (const path of [`/keys?search=${sql}&status=${sql}&team=${sql}&sort=${sql}&order=${sql}&page=${sql}`, `/teams?search=${sql}`, `/budgets?scope=${sql}`,
		`/audit?kind=${sql}&thing=${sql}&actor=${sql}&before=${sql}`])
		assert.equal((await ada.get(path)).status, 200, path);
	assert.equal((await ada.get(`/team?id=${sql}`)).status, 404);
	assert.equal((await ada.get('/keys/key-none')).status, 404);
	assert.equal((await ada.get('/budgets/1e9')).status, 404);
	assert.ok(await rows('admin') >= 1);
});

test('a way back after signing in leads to a page of the panel only', async () => {
	for (const next of ['//evil.example', 'https://evil.example', '/\\evil.example', '/%0d%0aSet-Cookie:x=1', '/keys\r\nX: y', 'keys', '?search=x', '/../evil', '/keys/%2E%2e/%2e%2e/evil',
		'/keys?x=\\evil', '/keys?x=%0d%0aX:y', '/keys?x=\u00e9', '/keys?x=%', `/keys?x=${'y'.repeat(2000)}`]) {
		const panel = new Panel(gw.base);
		const reply = await panel.post('/sign-in', { name: 'ada', password: PASSWORD, next }, { from: '/sign-in' });
		assert.equal(reply.headers.location, '/admin/', next);
		assert.equal(reply.headers.x, undefined);
	}
	const panel = new Panel(gw.base);
	assert.equal((await panel.post('/sign-in', { name: 'ada', password: PASSWORD, next: '/keys' }, { from: '/sign-in' })).headers.location, '/admin/keys');
	for (const wanted of ['/keys?search=a%20b%26c&status=good&order=down', '/team?id=a%2Fb%20team', '/requests?from=2026-11-01&show=failed']) {
		const late = new Panel(gw.base);
		const { location } = (await late.get(wanted)).headers;
		assert.equal(location, `/admin/sign-in?next=${encodeURIComponent(wanted)}`);
		const next = fieldsOf((await late.get(location.slice('/admin'.length))).text, '/sign-in').next;
		assert.equal((await late.post('/sign-in', { name: 'ada', password: PASSWORD, next }, { from: '/sign-in' })).headers.location, `/admin${wanted}`);
	}
	assert.equal((await new Panel(gw.base).get('/keys?x=\\evil')).headers.location, '/admin/sign-in?next=%2Fkeys');
});

test('a link from another site is asked again, since browsers keep a strict cookie back', async () => {
	const visitor = new Panel(gw.base);
	const reply = await visitor.get('/keys', { headers: { 'sec-fetch-site': 'cross-site' } });
	assert.equal(reply.status, 200);
	assert.match(reply.text, /http-equiv="refresh" content="0"/);
	assert.equal(reply.headers['set-cookie'], undefined);
});

test('sessions end: by signing out, by another one, by a new password, by time and by a clock that went back', async () => {
	const panels = [];
	for (let i = 0; i < 6; i++) {
		panels.push(new Panel(gw.base));
		assert.equal((await panels[i].signIn('eve')).status, 303);
	}
	const [out, ended, changed, idle, old, past] = panels;
	const stolen = new Panel(gw.base);
	stolen.cookies = new Map(out.cookies);
	assert.equal((await out.post('/sign-out')).headers.location, '/admin/sign-in');
	assert.equal((await stolen.get('/keys')).status, 303);

	const hash = async (panel) => (await import('node:crypto')).createHash('sha256').update(panel.cookies.get('sideways_session')).digest('hex');
	const id = (await gw.sql(`SELECT id FROM admin_session WHERE hash = '${await hash(ended)}'`))[0].id;
	const adas = (await gw.sql("SELECT id FROM admin_session WHERE admin = 'ada'"))[0].id;
	assert.equal((await changed.post('/sessions/end', { id: adas })).status, 404); // a viewer ends only their own
	assert.equal((await ada.post('/sessions/end', { id })).status, 303);
	assert.equal((await ended.get('/keys')).status, 303);

	await gw.sql(`UPDATE admin_session SET seen_ms = seen_ms - 1860000 WHERE hash = '${await hash(idle)}'`);
	await gw.sql(`UPDATE admin_session SET started_ms = started_ms - 43200001 WHERE hash = '${await hash(old)}'`);
	await gw.sql(`UPDATE admin_session SET seen_ms = seen_ms + 86400000, started_ms = started_ms + 86400000 WHERE hash = '${await hash(past)}'`);
	for (const panel of [idle, old, past]) assert.equal((await panel.get('/keys')).status, 303);

	const other = new Panel(gw.base);
	await other.signIn('eve');
	assert.equal((await changed.post('/password', { old: 'wrong wrong wrong', password: 'another long password', again: 'another long password' })).status, 422);
	const reply = await changed.post('/password', { old: PASSWORD, password: 'another long password', again: 'another long password' });
	assert.equal(reply.headers.location, '/admin/sessions?done=password');
	assert.equal((await changed.get('/keys')).status, 200);
	assert.equal((await other.get('/keys')).status, 303);
	assert.equal((await eve.get('/keys')).status, 303);
});

test('admins are made and removed with one\'s own password; the last one stays', async () => {
	const bob = { name: 'bob', role: 'admin', password: 'a good long password' };
	assert.equal((await ada.post('/admins', { ...bob, own_password: 'not hers at all' })).status, 422);
	assert.equal((await ada.post('/admins', { ...bob, own_password: PASSWORD })).headers.location, '/admin/admins?done=saved');
	assert.equal((await ada.post('/admins/remove', { name: 'bob', own_password: PASSWORD })).status, 303);
	assert.equal((await ada.post('/admins/remove', { name: 'ada', own_password: PASSWORD })).status, 422);
	assert.equal((await ada.get('/')).status, 200);
});

test('wrong passwords are slowed down over all processes, and the right one works after the wait', async () => {
	makeAdmin(cgi, 'ada');
	await cgi.sql('DELETE FROM sign_in_try');
	const replies = await Promise.all(Array.from({ length: 30 }, () => new Panel(cgi.base).signIn('ada', 'wrong wrong wrong')));
	const looked = replies.filter((reply) => reply.status === 401).length;
	assert.ok(looked >= 1 && looked <= 10, `${looked} passwords were looked at`);
	assert.equal(replies.filter((reply) => reply.status === 429).length, 30 - looked);
	assert.match(replies.find((reply) => reply.status === 429).text, /wait \d+ seconds/);
	await cgi.sql(`UPDATE sign_in_try SET until_ms = ${Date.now() + 50000}`); // as a machine that is slow may have come to the wait's end
	assert.equal((await new Panel(cgi.base).signIn('ada')).status, 429);
	await cgi.sql('UPDATE sign_in_try SET until_ms = 0');
	assert.equal((await new Panel(cgi.base).signIn('ada')).status, 303);
});

test('under a sub-path, as CGI, all links and cookies stay below it', async () => {
	const panel = new Panel(cgi.base);
	const reply = await panel.signIn('ada');
	assert.equal(reply.headers.location, '/sideways.cgi/admin/');
	assert.match(cookieOf(reply), /; Path=\/sideways\.cgi\/admin;/);
	for (const path of ['/', '/keys', '/keys/new', '/teams', '/budgets', '/audit', '/sessions', '/admins']) {
		const page = await panel.get(path);
		assert.equal(page.status, 200, path);
		const links = [...page.text.matchAll(/(?:href|src|action)="([^"]*)"/g)].map((match) => match[1]);
		assert.ok(links.length > 5);
		for (const link of links) assert.ok(link.startsWith('/sideways.cgi/admin/') || /^[#?]/.test(link), `${path}: ${link}`);
	}
	const css = /href="\/sideways\.cgi\/admin(\/static\/[^"]+\.css)"/.exec((await panel.get('/')).text)[1];
	assert.equal((await panel.get(css)).status, 200);
	assert.equal((await panel.post('/keys/new', { alias: 'by cgi' })).status, 200);
});

test('every table of a template scrolls in a window of its own, and its classes are in panel.css', () => {
	const folder = new URL('../../templates/', import.meta.url);
	const css = fs.readFileSync(new URL('panel.css', folder), 'utf8').replace(/\/\*.*?\*\//gs, '');
	const known = new Set([...css.matchAll(/\.([a-z][\w-]*)/g)].map((match) => match[1]));
	for (const name of fs.readdirSync(folder).filter((file) => file.endsWith('.html'))) {
		const html = fs.readFileSync(new URL(name, folder), 'utf8');
		assert.equal(html.match(/<table/g)?.length, html.match(/<div class="table" tabindex="0" role="region" aria-label="[^"]+">\n<table/g)?.length, name);
		for (const [, classes] of html.matchAll(/<(?:td|th|table|p|section|div)[^>]* class="([^"{]+)"/g))
			for (const one of classes.split(' ')) assert.ok(known.has(one), `${name}: ${one}`);
	}
});

test('every moment on a page is told by one clock, with UTC in its tooltip', () => {
	const folder = new URL('../../templates/', import.meta.url);
	for (const name of fs.readdirSync(folder).filter((file) => file.endsWith('.html'))) {
		const html = fs.readFileSync(new URL(name, folder), 'utf8');
		for (const [, moment] of html.matchAll(/\{\{(started|created|began|starts|ends|at|until|old_secret_until)_shown\}\}/g))
			assert.ok(html.includes(`<time datetime="{{${moment}}}" title="{{${moment}_utc}}">{{${moment}_shown}}</time>`), `${name}: ${moment}`);
		assert.ok(!/ UTC</.test(html), `${name} names another clock`);
	}
});

test('a browser at the root is sent to the panel, a program is not', async () => {
	assert.equal((await request(`${gw.base}/`, { headers: { accept: 'text/html,*/*' } })).headers.location, '/admin/');
	const program = await request(`${gw.base}/`);
	assert.equal(program.status, 200);
	assert.match(program.headers['content-type'], /json/);
});
