// The panel's pages of what happened and what would happen: fallbacks, requests, models, configuration; and their exports.
// A provider fails, a dearer fallback is blocked, another answers; a provider's words hold markup.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { busyLog } from './lib/busy_log.mjs';
import { chat, request } from './lib/client.mjs';
import { Panel, makeAdmin } from './lib/panel.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { findCanaries, gateway, upstream } from './lib/story.mjs';
import { play } from './lib/upstream.mjs';

const MARKUP = '<script>window.hacked=1</script>"\'&';
const FORMULA = '=HYPERLINK("http://evil")';
let up, gw, panel, key, moved, refused, formula;

async function send(model) {
	const reply = await chat(gw, key, { model });
	const id = reply.headers['x-sideways-request-id'];
	await gw.record(id);
	return { id, reply };
}

before(async () => {
	up = await upstream();
	gw = await gateway({ settings: settings([deployment('cheap', up.base), deployment('cheap-too', up.base), deployment('dear', up.base, { tier: 'premium' }),
		deployment('picky', up.base)], { router: { fallbacks: [{ cheap: ['dear', 'cheap-too'] }], allowed_fails: 1000, num_retries: 0 } }) });
	makeAdmin(gw, 'ada');
	makeAdmin(gw, 'eve', 'viewer');
	key = await gw.key('--alias', MARKUP);
	up.always('cheap', play.status(500));
	moved = await send('cheap');
	up.always('picky', play.status(400, { error: { message: `${MARKUP} is not allowed`, type: 'invalid_request_error', param: null, code: null } }));
	refused = await send('picky');
	formula = await send(FORMULA);
	up.always('cheap', play.status(200));
	for (let i = 0; i < 60; i++) await send('cheap-too');
	panel = new Panel(gw.base);
	assert.equal((await panel.signIn('eve')).status, 303);
});

const page = async (path) => {
	const reply = await panel.get(path);
	assert.equal(reply.status, 200, `${path}: ${reply.text.slice(0, 300)}`);
	assert.ok(!reply.text.includes('<script>window'), `${path} holds what a provider or a client wrote as markup`);
	return reply.text;
};
const ids = (text) => [...text.matchAll(/\/requests\/([0-9a-z]{26})/g)].map((found) => found[1]);

test('the fallback log tells what failed, where it went, and that the dearer one was blocked', async () => {
	assert.equal(moved.reply.status, 200, moved.reply.text);
	const text = await page('/fallbacks');
	assert.deepEqual(ids(text), [moved.id]);
	assert.match(text, /cheap: failed, and might work again \(500\)/);
	assert.match(text, /badge">sideways</);
	assert.match(text, /blocked upward/);
	assert.match(text, /not to dear \(premium\): about \$[0-9.]+ not spent, \$[0-9.]+ at most/);
});

test('a day that the calendar does not have is refused by name, and nothing is shown as if it were a filter', async () => {
	for (const path of ['/requests', '/fallbacks'])
		for (const [name, value] of [['from', '2026-02-30'], ['to', '2026-04-31'], ['from', '2026-00-10'], ['to', '2027-02-29'], ['from', 'tomorrow'], ['to', '2026-11-2']]) {
			const reply = await panel.get(`${path}?${name}=${value}&model=cheap`);
			assert.equal(reply.status, 422, `${path} ${name}=${value}`);
			assert.match(reply.text, new RegExp(`${name}: &#39;${value}&#39; is not a date`));
			assert.match(reply.text, /name="model" value="cheap"/);
			assert.deepEqual(ids(reply.text), []);
			assert.equal((await panel.get(`/export${path}?${name}=${value}`)).status, 400);
		}
	assert.match(await page('/requests?from=2024-02-29'), /\/requests\//);
});

test('an empty list says whether it is empty or a filter left nothing', async () => {
	assert.match(await page('/requests?model=no-such'), /No request matches these filters/);
	assert.match(await page('/fallbacks?model=no-such'), /No such request matches these filters/);
	assert.match(await page('/requests?before=0'), /No request matches these filters/);
	assert.doesNotMatch(await page('/requests'), /No request/);
	const fresh = await gateway({ settings: settings([deployment('cheap', up.base)]) });
	makeAdmin(fresh, 'ada');
	const other = new Panel(fresh.base);
	await other.signIn('ada');
	assert.match((await other.get('/requests')).text, /No request is in the log/);
	assert.match((await other.get('/fallbacks')).text, /No request left the model group it asked for/);
});

test('the fallback log is filtered by model, day and direction', async () => {
	for (const [query, count] of [['show=sideways', 1], ['show=downward', 0], ['show=blocked', 1], ['show=nobody', 0], ['model=cheap', 1], ['model=other', 0],
		['from=2099-01-01', 0], ['to=2020-01-01', 0], [`key=${encodeURIComponent("' OR 1=1 --")}`, 0]])
		assert.equal(ids(await page(`/fallbacks?${query}`)).length, count, query);
});

test('a request tells its whole story', async () => {
	const text = await page(`/requests/${moved.id}`);
	const order = ['nothing can have been billed', 'is of a dearer tier and was not taken', 'answered (200) after'].map((words) => text.indexOf(words));
	assert.ok(order.every((at, i) => at > 0 && (i === 0 || at > order[i - 1])), order.join());
	assert.match(text, /at most \$[0-9.]+ was held/);
	assert.equal((await panel.get('/requests/01nothere')).status, 404);
});

test('words of a provider and names of a client are text', async () => {
	assert.equal(refused.reply.status, 400);
	assert.match(await page(`/requests/${refused.id}`), /&lt;script&gt;window\.hacked=1&lt;\/script&gt;/);
	assert.match(await page('/requests?show=failed'), /=HYPERLINK\(&quot;http/);
});

test('the log is paged by key: every request once', async () => {
	const seen = [];
	let path = '/requests';
	for (let pages = 0; path && pages < 5; pages++) {
		const text = await page(path);
		seen.push(...ids(text));
		path = text.match(/href="[^"]*(\/requests\?[^"]*before=[0-9a-z]+)" rel="next"/)?.[1].replaceAll('&amp;', '&');
	}
	assert.equal(seen.length, 63);
	assert.equal(new Set(seen).size, 63);
	assert.deepEqual(seen, [...seen].sort().reverse());
});

test('exports hold the same rows, and no cell is a formula', async () => {
	const csv = await panel.get('/export/requests?show=failed');
	assert.match(csv.headers['content-type'], /^text\/csv/);
	assert.match(csv.headers['content-disposition'], /attachment; filename="requests\.csv"/);
	assert.equal(csv.text.trim().split('\r\n').length, 3, csv.text);
	assert.ok(csv.text.includes(`"'=HYPERLINK(""http://evil"")"`), csv.text);
	const json = JSON.parse((await panel.get('/export/requests?json=1')).text);
	assert.equal(json.length, 63);
	const fell = JSON.parse((await panel.get('/export/fallbacks?json=1')).text);
	assert.equal(fell.length, 1);
	assert.equal(fell[0].id, moved.id);
	assert.equal(fell[0].direction, 'sideways');
	assert.equal(fell[0].blocked[0].deployment_id, 'dear');
	assert.equal(fell[0].cost_nano, (await gw.sql(`SELECT cost_nano FROM request WHERE id = '${moved.id}'`))[0].cost_nano);
	assert.equal((await panel.get('/export/fallbacks')).text.trim().split('\r\n').length, 2);
	assert.equal((await request(`${gw.base}/admin/export/requests`)).status, 303, 'a stranger is sent to the sign-in');
});

test('the ladder shows every group, and the chain upward ends at a cross', async () => {
	const text = await page('/models');
	const svg = text.match(/<svg class="ladder"[\s\S]*?<\/svg>/)[0];
	for (const name of ['cheap', 'cheap-too', 'dear', 'picky']) assert.match(svg, new RegExp(`</title>${name}</text>`));
	assert.match(svg, /class="arrow blocked"[\s\S]*?class="cross"/);
	assert.match(svg, /class="arrow sideways"/);
	assert.ok(!/style=/.test(text), 'no inline styles');
});

test('the dry run tells what a failure then does, and sends nothing', async () => {
	const count = async () => (await gw.sql('SELECT (SELECT count(*) FROM attempt) + (SELECT count(*) FROM request) AS n'))[0].n;
	await gw.quiet();
	const calls = up.of('cheap').length, rows = await count();
	const text = await page('/models?model=cheap&failure=overload');
	const run = text.slice(text.indexOf('list story'), text.indexOf('Where each model would go'));
	assert.match(run, /fails<[\s\S]*blocked upward<[\s\S]*answers</);
	assert.match(run, /<b>cheap-too<\/b>/);
	assert.equal(up.of('cheap').length, calls);
	assert.equal(await count(), rows);
	const wrong = await panel.get(`/models?model=${encodeURIComponent(MARKUP)}&failure=rate`);
	assert.ok(wrong.status < 500 && !wrong.text.includes('<script>window'), wrong.text.slice(0, 200));
});

test('the configuration shows what is in force and what check finds, and no secret', async () => {
	const text = await page('/configuration');
	assert.match(text, /allowed_fails/);
	assert.match(text, /goes upward/);
	assert.match(text, /\.yaml:\d+:\d+/);
	assert.match(text, /a durable write took/);
	assert.ok(!/sk-[A-Za-z0-9]{6,}/.test(text.replaceAll('sk-...', '')), 'a key is shown');
});

test('a row says who asked, by which way and how it ended; filters take aliases, users, tags and ids', async () => {
	const busy = await gateway({ settings: settings([deployment('cheap', up.base)], { sideways: { timezone: 'Etc/GMT-14' } }) });
	makeAdmin(busy, 'ada');
	const { requests } = busyLog(busy.db, { scale: 2.2 }), ada = new Panel(busy.base);
	await ada.signIn('ada');
	const list = async (query) => (await ada.get(`/requests?${query}`)).text;
	const first = async (query, fits) => assert.deepEqual(ids(await list(query)).slice(0, 50), requests.filter(fits).map((row) => row.id).reverse().slice(0, 50), query);
	await first('key=agent-alice', (row) => row.key_id === 'key-agent-alice');
	await first('key=key-agent-alice', (row) => row.key_id === 'key-agent-alice');
	await first('team=research', (row) => row.team_id === 'research');
	await first('label=alice%40example.com', (row) => row.end_user === 'alice@example.com');
	await first('label=batch', (row) => row.tags === '["batch"]');
	await first('show=client', (row) => row.fault === 'client');
	assert.doesNotMatch(await list('show=client'), /<small>[a-z]+_[a-z]+/, 'a name of the program where a word stands');
	await first('show=limit', (row) => row.fault === 'limit');
	await first('show=provider', (row) => row.fault === 'provider');
	const some = requests.at(-500), shown = new Date(some.started_ms + 14 * 3600000).toISOString();
	const minute = `${shown.slice(0, 16)}`, next = new Date(Date.parse(`${minute}:00Z`) + 60000).toISOString().slice(0, 16);
	const began = Date.parse(`${minute}:00Z`) - 14 * 3600000;
	await first(`from=${minute}&to=${next}`, (row) => row.started_ms >= began && row.started_ms < began + 60000);
	const row = (await list(`from=${minute}&to=${next}`)).match(/<tr role="row"><td[\s\S]*?<\/tr>/g).find((text) => text.includes(some.id));
	for (const wanted of [some.asked_model, some.key_id.slice(4), String(some.status), shown.slice(11, 19), `${new Date(some.started_ms).toISOString().slice(11, 19)} UTC`]) assert.ok(row.includes(wanted), `${wanted} in ${row}`);
	assert.equal((await ada.get(`/requests?label=${some.id}`)).headers.location, `/admin/requests/${some.id}`);
	const lists = await list('');
	for (const known of ['<option value="agent-alice">', '<option value="research">', '<option value="cheap">']) assert.ok(lists.includes(known), known);
	const file = JSON.parse((await ada.get('/export/requests?json=1')).text);
	assert.ok(requests.length > 5200);
	assert.deepEqual(file.map((one) => one.id), requests.map((one) => one.id).reverse(), 'every row, in order');
	const csv = (await ada.get('/export/requests?key=search')).text.trim().split('\r\n');
	assert.equal(csv.length - 1, requests.filter((one) => one.key_id === 'key-search').length);
	const story = (await ada.get(`/requests/${some.id}`)).text, at = requests.indexOf(some), own = requests.filter((one) => one.key_id === some.key_id);
	const links = { prev: requests[at + 1].id, next: requests[at - 1].id };
	for (const [rel, id] of Object.entries(links)) assert.ok(story.includes(`/requests/${id}" rel="${rel}"`), rel);
	assert.ok(story.includes(`/requests/${own[own.indexOf(some) - 1].id}">older`));
	assert.ok(story.includes(`/requests?key=${some.key_id}">all`));
	assert.match(story, /class="moral">.* asked for /);
	await busy.stop();
});

test('a tail that is followed draws itself again, with and without JavaScript, and can be stopped', async () => {
	const followed = await page('/requests?follow=1');
	assert.match(followed, /<noscript><meta http-equiv="refresh" content="5"><\/noscript>/);
	assert.match(followed, /<body data-renew="5">/);
	assert.match(followed, /Stop following/);
	for (const still of ['/requests', '/requests?follow=1&before=zz']) assert.doesNotMatch(await page(still), /http-equiv="refresh"/);
	assert.doesNotMatch(await page('/requests?follow=1'), /name="follow"/);
});

test('a key\'s holder sees what the key has spent, with the key alone, and nothing of others', async () => {
	assert.equal((await request(`${gw.base}/usage`)).headers.location, '/admin/own-usage');
	const holder = new Panel(gw.base), other = await gw.key('--alias', 'somebody-else', '--budget', '3/1d');
	await chat(gw, other, { model: 'cheap-too' });
	const own = await gw.key('--alias', 'mine', '--budget', '2/1mo', '--models', 'cheap-too');
	const reply = await chat(gw, own, { model: 'cheap-too' });
	await gw.record(reply.headers['x-sideways-request-id']);
	const wrong = await holder.post('/own-usage', { key: 'sk-nothing' }, { from: '/own-usage' });
	assert.equal(wrong.status, 401);
	const shown = await holder.post('/own-usage', { key: own }, { from: '/own-usage' });
	assert.equal(shown.status, 200, shown.text.slice(0, 300));
	for (const wanted of [/Usage of mine/, /of \$2\.00 \/ month/, /cheap-too › cheap-too/, />200</]) assert.match(shown.text, wanted);
	assert.doesNotMatch(shown.text, /somebody-else|\$3\.00|\/admin\/(keys|requests|budgets)/);
	assert.ok(!shown.text.includes(own), 'the key is not said again');
	assert.equal((await holder.get('/keys')).status, 303, 'it opens nothing else');
	assert.equal((await request(`${gw.base}/admin/own-usage`, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: `key=${own}` })).status, 403, 'a form of another site');
});

test('prompts are kept only of the keys that are named, sealed, for admins alone, and never in an export', async () => {
	const ASKED = 'the plan for Tuesday', secret = 'a'.repeat(40);
	const own = await gateway({ env: { SIDEWAYS_PROMPT_KEY: secret }, settings: settings([deployment('quiet', up.base)], { sideways: { log_prompts: { keys: ['reports'], days: 7 } } }) });
	makeAdmin(own, 'ada');
	makeAdmin(own, 'eve', 'viewer');
	const ask = async (with_key) => {
		const reply = await chat(own, with_key, { model: 'quiet', messages: [{ role: 'user', content: ASKED }] });
		assert.equal(reply.status, 200, reply.text);
		await own.record(reply.headers['x-sideways-request-id']);
		return reply.headers['x-sideways-request-id'];
	};
	const [kept, other] = [await own.key('--alias', 'reports'), await own.key('--alias', 'others')];
	const [one, two, none] = [await ask(kept), await ask(kept), await ask(other)];
	assert.deepEqual((await own.sql('SELECT request_id FROM prompt ORDER BY 1')).map((row) => row.request_id), [one, two]);
	findCanaries(own.dir, [ASKED, Buffer.from(ASKED).toString('base64').slice(0, 20), secret]);
	const [ada, eve] = [new Panel(own.base), new Panel(own.base)];
	await ada.signIn('ada');
	await eve.signIn('eve');
	assert.match((await ada.get(`/requests/${one}`)).text, /What was asked[^]*Show it/);
	assert.doesNotMatch((await ada.get(`/requests/${none}`)).text, /What was asked/);
	assert.doesNotMatch((await eve.get(`/requests/${one}`)).text, /What was asked/);
	assert.equal((await eve.post(`/requests/${one}`, { deed: 'show' }, { from: `/requests/${none}` })).status, 403);
	const shown = await ada.post(`/requests/${one}`, { deed: 'show' }, { from: `/requests/${one}` });
	assert.ok(shown.text.includes(ASKED), shown.text.slice(0, 500));
	for (const path of ['/export/requests', '/export/requests?json=1', `/requests/${one}`, '/requests']) assert.ok(!(await ada.get(path)).text.includes(ASKED), path);
	assert.match((await ada.get('/audit?kind=prompt')).text, /prompt\.show|shown/);
	assert.equal((await ada.post(`/requests/${one}`, { deed: 'delete' }, { from: `/requests/${one}` })).status, 303);
	assert.deepEqual((await own.sql('SELECT request_id FROM prompt')).map((row) => row.request_id), [two]);
	assert.equal((await ada.post(`/requests/${one}`, { deed: 'delete_all' }, { from: `/requests/${two}` })).status, 303);
	assert.deepEqual(await own.sql('SELECT request_id FROM prompt'), []);
});

test('prompts without a key to seal them with are an error that says what to do', async () => {
	const wish = { settings: settings([deployment('quiet', up.base)], { sideways: { log_prompts: { keys: ['*'] } } }), start: false };
	for (const [env, words] of [[{}, /SIDEWAYS_PROMPT_KEY, is not set: give the service one of at least 32 characters/], [{ SIDEWAYS_PROMPT_KEY: 'short' }, /is too short/]]) {
		const own = await gateway({ ...wish, env });
		const checked = await own.cli('check');
		assert.notEqual(checked.status, 0);
		assert.match(checked.stdout + checked.stderr, words);
	}
});

test('an alert is muted for an hour, a day or until its cause changes, and the Overview leaves it out', async () => {
	const own = await gateway({ settings: settings([deployment('quiet', up.base)]) });
	makeAdmin(own, 'ada');
	makeAdmin(own, 'eve', 'viewer');
	await own.sql(`INSERT INTO alert (rule, subject, severity, words, began_ms, seen_ms) VALUES ('disk', '', 'critical', 'little is left', ${Date.now()}, ${Date.now() + 1e9})`);
	const [ada, eve] = [new Panel(own.base), new Panel(own.base)];
	await ada.signIn('ada');
	await eve.signIn('eve');
	assert.match((await ada.get('/')).text, /little is left/);
	for (const [mute, words] of [['hour', /Muted<\/b> until <time/], ['day', /Muted<\/b> until <time/], ['cause', /Muted<\/b> until its cause changes/]]) {
		assert.equal((await ada.post('/alerts', { id: '1', mute }, { from: '/alerts' })).status, 303);
		assert.match((await ada.get('/alerts')).text, words);
		assert.doesNotMatch((await ada.get('/')).text, /little is left/);
	}
	assert.equal((await ada.post('/alerts', { id: '1', mute: 'ever' }, { from: '/alerts' })).status, 400);
	assert.equal((await eve.post('/alerts', { id: '1', mute: 'off' }, { from: '/alerts' })).status, 403);
	assert.match((await own.cli('alerts', 'list')).stdout, /little is left/, 'the command line tells it');
	assert.equal((await ada.post('/alerts', { id: '1', mute: 'off' }, { from: '/alerts' })).status, 303);
	assert.match((await ada.get('/')).text, /little is left/);
	assert.match((await ada.get('/audit?kind=alert')).text, /alert/);
});
