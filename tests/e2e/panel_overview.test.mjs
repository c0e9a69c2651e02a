// Overview and Usage: sums that are right in every time zone, beside the time before that is cut at the same hour; shares that add up
// to 100; and what needs somebody, grouped by cause.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { busyLog, MODELS } from './lib/busy_log.mjs';
import { Panel, makeAdmin } from './lib/panel.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { gateway, upstream } from './lib/story.mjs';

const HOUR = 3600000, DAY = 24 * HOUR;
let up;

before(async () => { up = await upstream(); });

// As assert.match, without the whole page in the report.
const said = (html, wanted) => assert.ok(wanted.test(html), `the page does not say ${wanted}`);
const silent = (html, unwanted) => assert.ok(!unwanted.test(html), `the page says ${unwanted}`);
const bare = (html) => html.replaceAll('\u202f', '');

async function signedIn(more, plan) {
	const gw = await gateway({ settings: settings(plan ?? [deployment('cheap', up.base)], more) });
	makeAdmin(gw, 'ada');
	const panel = new Panel(gw.base);
	await panel.signIn('ada');
	return { gw, panel };
}

async function overview(more, prepare) {
	const { gw, panel } = await signedIn(more);
	await prepare((at_ms, requests, fellBack = 0) => gw.sql(`INSERT INTO request_hour (hour, requests, failures, fell_back, blocked_upward, refused, not_spent_nano, cost_nano)
		VALUES (${Math.floor(at_ms / HOUR)}, ${requests}, 0, ${fellBack}, 0, 0, 0, 0)`), gw);
	return bare((await panel.get('/?range=month')).text);
}

for (const [timezone, offset] of [['Etc/GMT-14', 14], ['Etc/GMT+12', -12], ['UTC', 0]])
	test(`today and this month are those of ${timezone}`, async () => {
		const local = Date.now() + offset * HOUR, day = new Date(local).getUTCDate();
		const midnight = Math.floor(local / DAY) * DAY - offset * HOUR, first = midnight - (day - 1) * DAY;
		const html = await overview({ general: {}, litellm: {}, router: {}, sideways: { timezone } }, async (add) => {
			await add(midnight, 3);
			await add(first - HOUR, 500);
			if (day > 1) await add(midnight - HOUR, 40);
			if (day > 2) await add(first, 600);
		});
		const [, month, today] = /Requests<\/dt><dd>(\d+) .*?(\d+) today/.exec(html).map(Number);
		assert.deepEqual([today, month], [3, 3 + (day > 1 ? 40 : 0) + (day > 2 ? 600 : 0)]);
		said(html, new RegExp(`Times are in ${timezone.replace('+', '\\+')}`));
	});

test('the line of the fallback rate is the one of the settings', async () => {
	const some = (add) => add(Date.now(), 30, 3);
	said(await overview({}, some), /alert at 5 %/);
	const high = await overview({ sideways: { alerts: { fallback_rate_percent: 12 } } }, some);
	said(high, /alert at 12 %/);
	silent(high, /alert at 5 %/);
	const off = await overview({ sideways: { alerts: { off: ['fallback_rate'] } } }, some);
	silent(off, /alert at/);
	said(off, /10.0 % .*3 of 30 requests/);
});

test('an empty gateway says how a first request is sent, and its axes have readable numbers', async () => {
	const html = await overview({}, () => {});
	said(html, /curl http:\/\/[^ ]+\/v1\/chat\/completions/);
	said(html, /&quot;model&quot;: &quot;cheap&quot;|"model": "cheap"/);
	for (const [, text] of html.matchAll(/text-anchor="end">([^<]*)</g)) assert.ok(text.length <= 8, text);
});

test('what needs somebody is grouped by cause: three lines, the rest behind a count, each with words for a link', async () => {
	const html = await overview({}, async (add, gw) => {
		const window = Date.now() - HOUR, seen = Date.now() + HOUR; // or the rules end what they do not find
		for (let i = 0; i < 5; i++) {
			await gw.cli('keys', 'create', '--alias', `spender-${i}`, '--budget', '1/1d');
			await gw.sql(`INSERT INTO alert (rule, subject, severity, words, began_ms, seen_ms) VALUES ('budget', '${i} 50', 'warning', 'x', ${window}, ${seen}),
				('budget', '${i} 80', 'warning', 'y', ${window}, ${seen}), ('cooldown', 'd${i}', 'warning', 'deployment d${i} is left alone', ${window}, ${seen}),
				('overrun', '${i}', 'critical', 'z', ${window}, ${seen})`);
		}
		await gw.sql(`INSERT INTO budget_window (budget_id, starts_ms, ends_ms, limit_nano, highest_limit_nano, spent_nano, held_nano, overrun_nano)
			SELECT id, ${Math.floor(Date.now() / DAY) * DAY}, ${Math.floor(Date.now() / DAY) * DAY + DAY}, limit_nano, limit_nano, CASE WHEN rowid % 2 THEN limit_nano ELSE limit_nano * 86 / 100 END, 0, 3100000 FROM budget`);
	});
	const [, needs] = /<h2 id="needs">([\s\S]*?)<\/section>/.exec(html);
	const [shown, rest] = needs.split('<details');
	assert.equal([...shown.matchAll(/<li/g)].length, 3);
	const lines = [...needs.matchAll(/<li[\s\S]*?<\/li>/g)].map(([line]) => line);
	assert.equal(lines.filter((line) => /has used/.test(line)).length, 5, 'one a budget');
	assert.equal(lines.filter((line) => /above what was held/.test(line)).length, 1, 'overruns are one line');
	assert.equal(lines.filter((line) => /left alone, and 4 more/.test(line)).length, 1, 'cooldowns are one line');
	assert.equal(lines.length, 7);
	said(rest, /<summary>4 more<\/summary>/);
	said(shown, /class="bad"><b class="state">Now/);
	silent(needs, />Look<\/a>|T\d\d:\d\d:\d\dZ/);
	assert.ok(html.indexOf('class="figures"') < html.indexOf('id="needs"'), 'figures first');
});

// ---- Usage, on numbers ----

// What the page must add up, from the rows themselves: by the hours that a range has.
const sumOf = (rows, from, to) => rows.filter((row) => row.state !== 'blocked' && row.started_ms >= from && row.started_ms < to).reduce((sum, row) => sum + row.cost_nano, 0);
const offsetOf = { UTC: 0, 'Etc/GMT-14': 14 * HOUR, 'Etc/GMT+12': -12 * HOUR };

for (const timezone of Object.keys(offsetOf))
	test(`usage by every thing is what the log says, and the time before ends at the same hour, in ${timezone}`, async () => {
		const { gw, panel } = await signedIn({ sideways: { timezone } }, Object.entries(MODELS).map(([group, [, , tier]]) => deployment(group, up.base, { tier })));
		const { requests, attempts } = busyLog(gw.db, { scale: 0.2 });
		const now = Date.now(), hourEnd = (Math.floor(now / HOUR) + 1) * HOUR, local = (ms) => ms + offsetOf[timezone];
		const midnight = Math.floor(local(now) / DAY) * DAY - offsetOf[timezone];
		for (const [range, from, length] of [['24h', hourEnd - DAY, DAY], ['7d', midnight - 6 * DAY, 7 * DAY]]) {
			const all = sumOf(attempts, from, hourEnd), earlier = sumOf(attempts, from - length, hourEnd - length);
			const things = { key: (row) => row.key_id.slice(4), team: (row) => row.team_id ?? 'no team', model: (row) => row.model, provider: (row) => row.provider, tier: (row) => row.tier };
			for (const [by, nameOf] of Object.entries(things)) {
				const rows = JSON.parse((await panel.get(`/export/usage?by=${by}&range=${range}&json=1`)).text);
				if (Math.floor(Date.now() / HOUR) * HOUR >= hourEnd) return; // the hour has turned
				for (const row of rows) {
					const own = attempts.filter((one) => nameOf(one) === row.name);
					assert.equal(row.cost_nano, sumOf(own, from, hourEnd), `${range} ${by} ${row.name}`);
					assert.equal(row.before_nano, sumOf(own, from - length, hourEnd - length), `${range} ${by} ${row.name}, before`);
				}
				assert.equal(rows.reduce((sum, row) => sum + row.cost_nano, 0), all, `${range} by ${by} adds up`);
				assert.equal(rows.reduce((sum, row) => sum + row.before_nano, 0), earlier, `${range} by ${by} adds up, before`);
				assert.equal(rows.reduce((sum, row) => sum + row.share_percent, 0), all ? 100 : 0, `shares of ${range} by ${by}`);
				assert.deepEqual(rows.map((row) => row.cost_nano), rows.map((row) => row.cost_nano).sort((a, b) => b - a));
			}
			for (const [by, label] of [['user', (row) => (row.end_user ? [row.end_user] : [])], ['tag', (row) => JSON.parse(row.tags ?? '[]')]]) {
				const rows = JSON.parse((await panel.get(`/export/usage?by=${by}&range=${range}&json=1`)).text);
				const named = rows.filter((row) => !/^no /.test(row.name));
				assert.ok(named.length > 0);
				for (const row of named) {
					const own = requests.filter((one) => label(one).includes(row.name) && one.started_ms >= from && one.started_ms < hourEnd);
					assert.equal(row.cost_nano, own.reduce((sum, one) => sum + one.cost_nano, 0), `${range} ${by} ${row.name}`);
				}
				assert.equal(rows.reduce((sum, row) => sum + row.cost_nano, 0), all, `${range} by ${by} has the rest, too`);
			}
		}
		const csv = (await panel.get('/export/usage?by=key&range=7d')).text.trim().split('\r\n');
		assert.equal(csv[0], 'name,note,attempts,failures,input_tokens,output_tokens,cost_usd,before_usd');
	});

test('a range of dates is taken in the time zone, and a wrong one is named beside what is usual', async () => {
	const { gw, panel } = await signedIn({ sideways: { timezone: 'Etc/GMT-14' } });
	const { attempts } = busyLog(gw.db, { scale: 0.2 });
	const day = new Date(Math.floor((Date.now() + 14 * HOUR) / DAY) * DAY - 3 * DAY), begins = day.getTime() - 14 * HOUR, name = day.toISOString().slice(0, 10);
	const rows = JSON.parse((await panel.get(`/export/usage?by=provider&from=${name}&to=${name}&json=1`)).text);
	assert.equal(rows.reduce((sum, row) => sum + row.cost_nano, 0), sumOf(attempts, begins, begins + DAY));
	assert.equal(rows.reduce((sum, row) => sum + row.before_nano, 0), sumOf(attempts, begins - DAY, begins));
	for (const query of ['from=2026-02-30', 'to=soon', `from=${name}&to=2020-01-01`, 'from=1970-01-01']) {
		const reply = await panel.get(`/?${query}`);
		assert.equal(reply.status, 422, query);
		said(reply.text, /role="alert"/);
		said(reply.text, /aria-current="true">7 days/);
		assert.equal((await panel.get(`/export/usage?${query}`)).status, 400);
	}
});

test('who asked, by which way and with which tags is in the record and the sums', async () => {
	const { gw, panel } = await signedIn();
	const key = await gw.key('--alias', 'teller');
	const send = async (body, headers = {}) => {
		const reply = await fetch(`${gw.base}/v1/chat/completions`, { method: 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'user-agent': 'Robot/1', ...headers },
			body: JSON.stringify({ model: 'cheap', messages: [{ role: 'user', content: 'hi' }], ...body }) });
		assert.equal(reply.status, 200, await reply.clone().text());
		return gw.record(reply.headers.get('x-sideways-request-id'));
	};
	const one = await send({ user: 'zoë', metadata: { tags: ['eval', 'eval', '', 7, 'x'.repeat(100)] } });
	assert.equal(one.end_user, 'zoë');
	assert.deepEqual(JSON.parse(one.tags), ['eval', 'x'.repeat(64)]);
	assert.deepEqual([one.route, one.agent, one.fault], ['POST /v1/chat/completions', 'Robot/1', null]);
	assert.match(one.address, /^127\.|^::1/);
	const two = await send({ safety_identifier: 'é'.repeat(60) }, { 'x-litellm-tags': 'batch , eval,,' });
	assert.equal(two.end_user, 'é'.repeat(32));
	assert.deepEqual(JSON.parse(two.tags), ['batch', 'eval']);
	const rows = JSON.parse((await panel.get('/export/usage?by=tag&range=24h&json=1')).text);
	assert.equal(rows.find((row) => row.name === 'eval').cost_nano, one.cost_nano + two.cost_nano);
	const users = JSON.parse((await panel.get('/export/usage?by=user&range=24h&json=1')).text);
	assert.equal(users.find((row) => row.name === 'zoë').cost_nano, one.cost_nano);
});

test('a team and a key have their ranges, models and last requests', async () => {
	const { gw, panel } = await signedIn();
	const { requests } = busyLog(gw.db, { scale: 0.2 });
	for (const [link, own] of [['/team?id=research', (row) => row.team_id === 'research'], ['/keys/key-search', (row) => row.key_id === 'key-search']]) {
		const page = (await panel.get(link)).text, last = requests.filter(own).at(-1);
		said(page, /By model, 30 days/);
		said(page, new RegExp(`/requests/${last.id}"`));
		const [, choice] = /<a href="(\?[^"]*range=7d)">/.exec(page), there = new URL(choice.replaceAll('&amp;', '&'), `http://x${link}`);
		const narrowed = await panel.get(there.pathname + there.search);
		assert.equal(narrowed.status, 200, there.href);
		said(narrowed.text, /aria-current="true">7 days/);
	}
});

test('usage is filtered and measured; what is not kept together is said', async () => {
	const { gw, panel } = await signedIn({ sideways: { timezone: 'UTC' } }, Object.entries(MODELS).map(([group, [, , tier]]) => deployment(group, up.base, { tier })));
	const today = Math.floor(Date.now() / DAY), log = busyLog(gw.db, { scale: 0.2 });
	const rows = async (query) => JSON.parse((await panel.get(`/export/usage?range=7d&json=1&${query}`)).text);
	const nano = (list) => Object.fromEntries(list.filter((row) => row.cost_nano > 0).map((row) => [row.name, row.cost_nano]));
	const within = log.attempts.filter((row) => !['blocked', 'skipped'].includes(row.state) && row.cost_nano > 0 && Math.floor(row.started_ms / DAY) > today - 7);
	const sums = (all, thing) => {
		const out = {};
		for (const row of all) out[thing(row)] = (out[thing(row)] ?? 0) + row.cost_nano;
		return out;
	};
	const found = [await rows('by=key&team=research'), await rows('by=model&key=intern'), await rows('by=team&tier=cheap')].map(nano);
	const { text } = await panel.get('/usage?by=model&key=intern&measure=tokens');
	assert.match(text, /Tokens by model/);
	assert.match(text, /whole days in UTC/);
	assert.match(text, /name="key" value="intern"/);
	assert.match((await panel.get('/usage?by=tag&user=ann')).text, /Users and tags are counted apart/);
	assert.match((await panel.get('/usage')).text, /Saved by cache[^]*Saved by tiers/);
	if (Math.floor(Date.now() / DAY) !== today) return; // the day has turned
	assert.deepEqual(found, [sums(within.filter((row) => row.team_id === 'research'), (row) => row.key_id.slice(4)), sums(within.filter((row) => row.key_id === 'key-intern'), (row) => row.model),
		sums(within.filter((row) => row.tier === 'cheap'), (row) => row.team_id ?? 'no team')]);
});
