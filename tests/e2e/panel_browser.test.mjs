// The panel in Debian's Chromium, and its pages in Debian's Firefox: every page at three widths, light and dark, with and without JavaScript; axe finds
// no violation, the console says nothing, nothing is loaded from elsewhere, and nothing planted runs.
//
//	SHOTS=folder     keep a picture of every page
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import axe from 'axe-core';
import { chromium } from 'playwright-core';
import { busyLog, MODELS } from './lib/busy_log.mjs';
import { chat } from './lib/client.mjs';
import { Firefox } from './lib/firefox.mjs';
import { makeAdmin, PASSWORD } from './lib/panel.mjs';
import { MASTER_KEY } from './lib/sandbox.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { gateway, upstream } from './lib/story.mjs';
import { play } from './lib/upstream.mjs';

const { SHOTS } = process.env;
const WIDTHS = [390, 900, 1440];
if (SHOTS) fs.mkdirSync(SHOTS, { recursive: true });
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((file) => fs.existsSync(file));
const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';
let up, browser;

before(async () => { up = await upstream(); });

// A gateway with keys, teams, requests and foreign text everywhere; `pages` are all of its pages.
async function stage(front) {
	const gw = await gateway({ front, env: { SIDEWAYS_PROMPT_KEY: 'x'.repeat(40) }, settings: settings([deployment('cheap', up.base), deployment('cheap-too', up.base), deployment('dear', up.base, { tier: 'premium' }), deployment(HOSTILE, up.base, { id: 'plain' })],
		{ router: { fallbacks: [{ cheap: ['dear', 'cheap-too'] }], allowed_fails: 1000 }, sideways: { log_prompts: { keys: ['*'] } } }) });
	makeAdmin(gw, 'ada');
	makeAdmin(gw, 'eve', 'viewer');
	const secret = await gw.key('--alias', HOSTILE, '--team', HOSTILE, '--budget', '1/1d', '--models', 'cheap,no-such', '--force');
	await gw.key('--alias', 'reports', '--team', 'data', '--budget', '0.000001/1d', '--budget', '20/1mo', '--expires', '30d', '--rpm', '60');
	up.always('cheap', play.status(500));
	for (const model of ['cheap', 'cheap', 'no-such', HOSTILE]) {
		const reply = await chat(gw, secret, { model });
		await gw.record(reply.headers['x-sideways-request-id']);
	}
	up.always('cheap', play.status(200));
	await gw.quiet();
	await gw.sql(`INSERT INTO alert (rule, subject, severity, words, began_ms, seen_ms, ended_ms) VALUES ('blocked_upward', 'x', 'critical',
		'${HOSTILE.replaceAll("'", '')} ${'a sentence that is as long as those of alerts are '.repeat(4)}', ${Date.now() - 9e6}, ${Date.now() - 8e6}, ${Date.now() - 7e6}),
		('disk', 'still', 'critical', 'an alert that lasts', ${Date.now()}, ${Date.now() + 1e9}, NULL)`);
	const key = (await gw.sql(`SELECT id FROM virtual_key WHERE alias = 'reports'`))[0].id;
	const budget = (await gw.sql(`SELECT id FROM budget WHERE scope_id = '${key}'`))[0].id;
	const hostileKey = (await gw.sql(`SELECT id FROM virtual_key WHERE alias <> 'reports'`))[0].id;
	const request = (await gw.sql('SELECT id FROM request ORDER BY id LIMIT 1'))[0].id;
	const team = encodeURIComponent(HOSTILE);
	const pages = ['/', '/keys', '/keys/new', `/keys/${key}`, `/keys/${hostileKey}`, `/keys/${key}/edit`, `/keys/${key}/rotate`, `/keys/${key}/delete`, '/teams', '/teams/new',
		`/team?id=${team}`, `/team/edit?id=${team}`, `/team/delete?id=${team}`, '/budgets', `/budgets/${budget}`, `/requests/${request}`, '/audit', '/sessions', '/admins', '/password', '/nothing'];
	const { page, close } = await open({ at: gw });
	await signIn(page, 'ada', gw);
	for (const link of await page.$$eval('nav li a', (all) => all.map((one) => one.pathname.replace(/^.*?\/admin/, '')))) if (!pages.includes(link)) pages.push(link);
	await close();
	return { gw, pages };
}

after(() => browser?.close());

async function open({ width = 1440, scheme = 'light', script = true, at }) {
	browser ??= await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
	const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme, javaScriptEnabled: script });
	const page = await context.newPage();
	page.trouble = [];
	// "verbose" is Chromium's advice to password managers: the form that sets another one's password has two.
	page.on('console', (message) => { if (message.type() !== 'verbose') page.trouble.push(`console ${message.type()}: ${message.text()}`); });
	page.on('pageerror', (error) => page.trouble.push(`error: ${error.message}`));
	page.on('request', (request) => { if (!request.url().startsWith(at.url)) page.trouble.push(`elsewhere: ${request.url()}`); });
	return { page, close: () => context.close() };
}

async function signIn(page, name, at) {
	await page.goto(`${at.base}/admin/sign-in`);
	await page.fill('[name=name]', name);
	await page.fill('[name=password]', PASSWORD);
	await page.click('main button');
	await page.waitForURL(`${at.base}/admin/`);
}

// What is not sound: axe's rules for WCAG 2 A and AA and its own best practice, a page wider than the window, a script that ran.
async function faults(page, where) {
	await page.evaluate(axe.source);
	const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] }));
	const found = violations.map((one) => `${where}: ${one.id}: ${one.nodes.map((node) => node.html).slice(0, 3).join(' ').slice(0, 300)}`);
	const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
	if (over > 0) found.push(`${where} is ${over} px wider than the window`);
	if (await page.evaluate(() => window.hacked) !== undefined) found.push(`${where}: a planted script ran`);
	return found;
}

const picture = (link) => link.replace(/key-[0-9a-z]+/, 'one').replace(/^\/requests\/.*/, 'request').replace(/\?.*/, '').replace(/[^a-z_]+/g, '-').replace(/^-|-$/g, '') || 'overview';

// Every page and every action, through a FastCGI server and as a CGI.
for (const front of ['fastcgi', 'cgi']) describe(front, { concurrency: 2 }, () => {
	let gw, pages;
	before(async () => { ({ gw, pages } = await stage(front)); });

	for (const width of front === 'fastcgi' ? WIDTHS : [900]) // the HTML is the same
		for (const scheme of ['light', 'dark'])
			test(`all pages at ${width} px, ${scheme}`, async () => {
				const { page, close } = await open({ width, scheme, at: gw });
				await page.goto(`${gw.base}/admin/sign-in`);
				const found = await faults(page, '/sign-in');
				await signIn(page, 'ada', gw);
				for (const link of pages) {
					const reply = await page.goto(`${gw.base}/admin${link}`);
					assert.equal(reply.status(), link === '/nothing' ? 404 : 200, link);
					found.push(...await faults(page, link));
					if (SHOTS && front === 'fastcgi') await page.screenshot({ path: path.join(SHOTS, `${picture(link)}-${width}-${scheme}.png`), fullPage: true });
				}
				assert.deepEqual([...found, ...page.trouble.filter((line) => !/404/.test(line))], []);
				await close();
			});

	test('all pages without JavaScript', async () => {
		const { page, close } = await open({ script: false, at: gw });
		await signIn(page, 'ada', gw);
		for (const link of pages) {
			assert.equal((await page.goto(`${gw.base}/admin${link}`)).status(), link === '/nothing' ? 404 : 200, link);
			assert.ok((await page.locator('main').innerText()).length > 20, link);
		}
		assert.deepEqual(page.trouble.filter((line) => !/404/.test(line)), []);
		await close();
	});

	test('a viewer finds nothing to change, and every page is in order', async () => {
		const { page, close } = await open({ at: gw });
		await signIn(page, 'eve', gw);
		for (const link of pages.filter((one) => !/new|edit|rotate|delete|admins|playground|nothing/.test(one))) {
			assert.equal((await page.goto(`${gw.base}/admin${link}`)).status(), 200, link);
			assert.equal(await page.locator('main form[method=post][action*="/keys/"], main form[method=post][action*="/team"]').count(), 0, link);
			assert.equal(await page.locator('#way').count(), 0, link); // its token would let a viewer keep the gateway busy
		}
		assert.deepEqual(page.trouble, []);
		await close();
	});

	for (const script of [true, false]) {
		test(`a key's life by hand, ${script ? 'with' : 'without'} JavaScript`, () => keyByHand(gw, script));
		test(`a team's life, a budget and an admin by hand, ${script ? 'with' : 'without'} JavaScript`, () => teamByHand(gw, script));
	}

	test('with the keyboard alone: the first key press leads to the content', async () => {
		const { page, close } = await open({ at: gw });
		await signIn(page, 'ada', gw);
		await page.keyboard.press('Tab');
		assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to content');
		await close();
	});
});

async function keyByHand(gw, script) {
	const { page, close } = await open({ script, at: gw });
	await signIn(page, 'ada', gw);
	await page.click('nav >> text=Keys');
	await page.click('text=Create key');
	await page.fill('[name=alias]', `by-hand-${script}`);
	await page.fill('[name=amount1]', '2.50');
	await page.selectOption('[name=period1]', '1d');
	await page.click('main button:has-text("Create")');
	const secret = await page.textContent('#secret');
	assert.match(secret, /^sk-[A-Za-z0-9]{43}$/);
	assert.equal(await page.locator('button:has-text("Copy")').isVisible(), script);
	assert.equal((await chat(gw, secret, { model: 'cheap-too' })).status, 200);
	await page.click('text=I have it');
	await page.click('main button:has-text("Block")');
	assert.match(await page.textContent('[role=status]'), /Blocked/);
	assert.equal((await chat(gw, secret, { model: 'cheap-too' })).status, 401);
	await page.click('main button:has-text("Unblock")');
	await page.click('main a:has-text("Edit")');
	await page.fill('[name=amount1]', '3');
	await page.click('main button:has-text("Save")');
	assert.match(await page.textContent('main'), /of \$3\.00 \/ day/);
	await page.click('main a:has-text("Rotate")');
	await page.click('main button:has-text("Rotate")');
	const rotated = await page.textContent('#secret');
	assert.notEqual(rotated, secret);
	assert.equal((await chat(gw, rotated, { model: 'cheap-too' })).status, 200);
	await page.click('text=I have it');
	await page.click('main a:has-text("Delete")');
	await page.click('main button:has-text("Delete this key")');
	assert.match(await page.textContent('[role=status]'), /Deleted/);
	assert.equal((await chat(gw, rotated, { model: 'cheap-too' })).status, 401);
	await page.click('text=Sign out');
	await page.waitForURL(/sign-in/);
	await page.goBack();
	assert.doesNotMatch(await page.textContent('body'), new RegExp(secret));
	assert.deepEqual(page.trouble, []);
	await close();
}

async function teamByHand(gw, script) {
	const { page, close } = await open({ script, at: gw });
	page.on('dialog', (dialog) => dialog.accept());
	await signIn(page, 'ada', gw);
	await page.goto(`${gw.base}/admin/teams/new`);
	const team = `team-by-hand-${script}`;
	await page.fill('main form [name=alias]', team);
	await page.fill('[name=amount1]', '4');
	await page.selectOption('[name=period1]', '1d');
	await page.click('main button:has-text("Create")');
	assert.match(await page.textContent('main'), /of \$4\.00 \/ day/);
	await page.click('main a:has-text("Create key")');
	await page.fill('[name=alias]', `of-${team}`);
	await page.click('main button:has-text("Create")');
	const secret = await page.textContent('#secret');
	assert.equal((await chat(gw, secret, { model: 'cheap-too' })).status, 200);
	await page.goto(`${gw.base}/admin/teams`);
	await page.click(`main a:has-text("${team}")`);
	await page.click('main button:has-text("Block")');
	assert.equal((await chat(gw, secret, { model: 'cheap-too' })).status, 401);
	await page.click('main button:has-text("Unblock")');
	assert.equal((await chat(gw, secret, { model: 'cheap-too' })).status, 200);
	await page.click('main ul a[href*="/budgets/"]');
	await page.fill('[name=amount]', '0.000001');
	await page.click('main button:has-text("Save")');
	const refused = await chat(gw, secret, { model: 'cheap-too' });
	assert.equal(refused.status, 429, refused.text);
	await page.goto(`${gw.base}/admin/teams`);
	await page.click(`main a:has-text("${team}")`);
	await page.click('main a:has-text("Delete")');
	await page.click('main button:has-text("Delete")');
	assert.match(await page.textContent('[role=status]'), /Deleted/);
	assert.equal((await chat(gw, secret, { model: 'cheap-too' })).status, 401);

	await page.goto(`${gw.base}/admin/admins`);
	const form = page.locator('main form', { has: page.locator('[name=role]') });
	await form.locator('[name=name]').fill(`guest-${script}`);
	await form.locator('[name=password]').fill(PASSWORD);
	await form.locator('[name=own_password]').fill(PASSWORD);
	await form.locator('button').click();
	assert.match(await page.textContent('main'), new RegExp(`guest-${script}`));
	const guest = await open({ script, at: gw });
	await signIn(guest.page, `guest-${script}`, gw);
	const removal = page.locator('main form[action$="/admins/remove"]');
	await removal.locator('[name=name]').fill(`guest-${script}`);
	await removal.locator('[name=own_password]').fill(PASSWORD);
	await removal.locator('button').click();
	assert.match(await page.textContent('[role=status]'), /Removed/);
	await guest.page.goto(`${gw.base}/admin/keys`);
	assert.match(guest.page.url(), /sign-in/, 'the session of a removed admin has ended');
	await guest.close();
	assert.deepEqual(page.trouble, []);
	await close();
}

// What the doctor measures on the command line, measured by the browser: { check: level }.
async function measured(page) {
	await page.waitForSelector('#way[data-measured]', { state: 'attached', timeout: 60000 });
	return Object.fromEntries(await page.$$eval('#way li:not([hidden])', (all) => all.map((line) => [line.dataset.check, line.querySelector('.badge').textContent])));
}
const FINE = { key: 'ok', tls: 'ok', headers: 'ok', caching: 'ok', streaming: 'ok', body: 'ok', timeouts: 'ok' };
const WAYS = [
	{ what: 'lighttpd as shipped', front: 'fastcgi', want: FINE },
	{ what: 'Apache that hides Authorization', front: 'apacheHtaccess', spoil: [['CGIPassAuth On', ''], ['RewriteCond %{HTTP:Authorization} .\nRewriteRule .* - [E=HTTP_AUTHORIZATION:%{HTTP:Authorization}]', '']], want: { ...FINE, key: 'problem' }, says: 'CGIPassAuth On' },
	{ what: 'lighttpd that keeps events back', front: 'lighttpdSocket', spoil: [['server.stream-response-body = 2', 'server.stream-response-body = 0']], want: { ...FINE, streaming: 'problem' }, says: 'server.stream-response-body = 2' },
	{ what: 'nginx with limits', front: 'nginxSocket', spoil: [['client_max_body_size 32m', 'client_max_body_size 1m'], ['fastcgi_read_timeout 600s', 'fastcgi_read_timeout 2s']],
		wait: 4000, want: { ...FINE, body: 'problem', timeouts: 'problem' }, says: 'client_max_body_size 32m' },
];
describe('the way from the browser', { concurrency: 3 }, () => {
for (const { what, front, spoil, want, says, wait = 300 } of WAYS)
	test(`the browser measures the way to the gateway: ${what}`, async () => {
		const at = await gateway({ front, server: { spoil }, settings: settings([deployment('cheap', up.base)]) });
		makeAdmin(at, 'ada');
		if (at.user) at.becomeUser(at.user);
		const { page, close } = await open({ at });
		await signIn(page, 'ada', at);
		await page.goto(`${at.base}/admin/configuration`);
		await page.evaluate((ms) => { document.getElementById('way').dataset.wait = ms; }, wait);
		await page.click('text=Measure it');
		assert.deepEqual(await measured(page), want);
		if (says) assert.match(await page.locator('#way').innerText(), new RegExp(says));
		assert.deepEqual(await faults(page, what), []);
		await close();
		await at.stop();
	});
});

test('the set-up page looks at the place and the way to it, and makes the first admin', async () => {
	const at = await gateway({ front: 'apacheHtaccess', settings: settings([deployment('cheap', up.base)]) });
	const { page, close } = await open({ at, width: 390 });
	await page.route('**/health/doctor*', (route) => route.continue({ url: route.request().url().replace('ms=65000', 'ms=300') }));
	await page.goto(`${at.base}/admin/`);
	await page.waitForURL(`${at.base}/admin/setup`);
	assert.deepEqual(await faults(page, '/setup'), []);
	const shoot = async (name) => { if (SHOTS) await page.screenshot({ path: path.join(SHOTS, `${name}-390-light.png`), fullPage: true }); };
	await shoot('setup');
	await page.fill('[name=code]', MASTER_KEY);
	await page.click('text=Only check the place');
	assert.deepEqual(await measured(page), FINE);
	assert.equal(await page.locator('.badge.bad').count(), 0);
	assert.deepEqual(await faults(page, 'the place'), []);
	await shoot('setup-place');
	await page.fill('[name=code]', MASTER_KEY);
	await page.fill('[name=name]', 'ada');
	for (const field of ['password', 'again']) await page.fill(`[name=${field}]`, PASSWORD);
	await page.click('text=Make the admin');
	await page.waitForURL(`${at.base}/admin/`);
	assert.deepEqual(page.trouble, []);
	await close();
	await at.stop();
});

// ---- a log of two weeks: the questions that a team lead and an operator have ----

describe('two weeks of a small company', { concurrency: 1 }, () => {
	let gw, log;
	before(async () => {
		gw = await gateway({ settings: settings(Object.entries(MODELS).map(([group, [, , tier]]) => deployment(group, up.base, { tier })),
			{ router: { fallbacks: [{ smart: ['best', 'other'] }, { fast: ['cheap'] }] } }) });
		makeAdmin(gw, 'ada');
		log = busyLog(gw.db);
	});

	// Clicks through, and says what the last page shows.
	async function clicks(page, ...steps) {
		await page.goto(`${gw.base}/admin/`);
		for (const step of steps) await page.click(step);
		return page.locator('main').innerText();
	}

	for (const script of [false, true]) test(`each first question is answered in at most two steps, ${script ? 'with' : 'without'} JavaScript`, async () => {
		const { page, close } = await open({ script, at: gw });
		await signIn(page, 'ada', gw);
		const failed = log.requests.filter((row) => row.fault === 'provider').at(-1);
		for (const [question, steps, answer] of [
			['who spends most, and how much of all', [], /Who spent it[\s\S]*intern\s+research[\s\S]*\d+ %/],
			['how much more than the week before', [], /Spent\s+\$\d+\.\d\d [+−±×]/],
			['is it getting worse', [], /Not answered[\s\S]*before \d+/],
			['what has the dearest key done', ['text=intern'], /Last requests[\s\S]*best › best/],
			['who asked what nobody answered, and when', ['text=Providers failed'], new RegExp(`${failed.key_id.slice(4)}[\\s\\S]*nobody answered`)],
			['why did nobody answer', ['text=Providers failed', 'main table td a >> nth=0'], /nobody answered, because \S+ was overloaded/],
			['what does each user cost', ['nav >> text=Usage', '.seg >> text=User'], /alice@example\.com/],
			['what does each tier cost', ['nav >> text=Usage', '.seg >> text=Tier'], /premium[\s\S]*mid[\s\S]*cheap[\s\S]*100 %/],
			['what do fallbacks cost more', ['nav >> text=Fallbacks'], /smart was overloaded\s+other mid, sideways\s+\d+\s+\$[\d.]+\s+\+\$/],
			['since when, and until when', ['nav >> text=Fallbacks'], /First\s+Last[\s\S]*\d{4}-\d\d-\d\d/],
			['who uses the dearest model', ['nav >> text=Usage', 'main table th a >> nth=0'], /Spend by key[\s\S]*intern[\s\S]*100 %/],
			['what was kept, by which means', ['nav >> text=Usage'], /Saved by cache[\s\S]*Saved by tiers/],
			['what is wrong, and since when', ['text=All alerts'], /Nothing is wrong|Since/],
			['what is left of each budget', ['text=All budgets'], /Budgets/],
			['which requests came now', ['nav >> text=Requests', 'text=Follow new ones'], /Stop following/],
		]) assert.match(await clicks(page, ...steps), answer, question);
		assert.deepEqual(page.trouble, []);
		await close();
	});

	test('a column of a chart says its value to pointer and keyboard, and its letters have one size at every width', async () => {
		const { page, close } = await open({ at: gw });
		await signIn(page, 'ada', gw);
		const columns = page.locator('.chart').first().locator('.col');
		for (const point of [(column) => column.hover(), (column) => column.focus()]) {
			await point(columns.nth(3));
			assert.match(await columns.nth(3).locator('.tip').textContent(), /\$\d/);
			assert.ok(await columns.nth(3).locator('.tip').isVisible());
			assert.ok(!await columns.nth(2).locator('.tip').isVisible());
		}
		assert.match(await columns.nth(3).getAttribute('aria-label'), /\$[\d.]+, before \$[\d.]+, most by .*Show them/);
		const size = async () => (await page.locator('.plot text').first().boundingBox()).height;
		const wide = await size();
		await page.setViewportSize({ width: 390, height: 844 });
		assert.equal(await size(), wide);
		await close();
	});

	test('the Overview renews itself, keeps what is open, and can be stopped', async () => {
		const { page, close } = await open({ at: gw });
		await page.clock.install();
		await signIn(page, 'ada', gw);
		await page.click('summary >> text=Spend by model as a table');
		await page.evaluate(() => { window.before = true; });
		await page.clock.fastForward(70000);
		await page.waitForFunction(() => window.before === undefined && document.querySelector('details[open]'));
		await page.click('text=Stop renewing');
		assert.equal(await page.evaluate(() => document.body.dataset.renew), undefined);
		await close();
	});

	for (const width of WIDTHS)
		for (const scheme of ['light', 'dark'])
			test(`its pages are in order at ${width} px, ${scheme}`, async () => {
				const { page, close } = await open({ width, scheme, at: gw });
				await signIn(page, 'ada', gw);
				const found = [], request = log.requests.filter((row) => row.fallbacks > 0).at(-1).id;
				for (const link of ['/', '/?range=24h', '/usage', '/usage?by=tag', '/usage?by=model&key=intern&measure=tokens', '/requests', `/requests/${request}`, '/fallbacks', '/keys/key-intern', '/team?id=research', '/own-usage']) {
					assert.equal((await page.goto(`${gw.base}/admin${link}`)).status(), 200, link);
					found.push(...await faults(page, link));
					if (SHOTS) await page.screenshot({ path: path.join(SHOTS, `busy-${picture(link)}-${width}-${scheme}.png`), fullPage: true });
				}
				if (width === 390) {
					await page.goto(`${gw.base}/admin/requests`);
					await page.click('text=Menu');
					assert.ok(await page.locator('nav [aria-current=page]').isVisible());
					found.push(...await faults(page, 'the open menu'));
				}
				assert.deepEqual([...found, ...page.trouble], []);
				await close();
			});
});

// What another engine lays out differently: each page again, in Firefox.
for (const dark of [false, true])
	describe(`Firefox, ${dark ? 'dark' : 'light'}`, () => {
		let gw, pages, fox;
		before(async () => {
			({ gw, pages } = await stage('fastcgi'));
			fox = await Firefox.start({ dark });
			await fox.goto(`${gw.base}/admin/sign-in`);
			await fox.ask(`(document.querySelector('[name=name]').value = 'ada', document.querySelector('[name=password]').value = ${JSON.stringify(PASSWORD)}, document.querySelector('main form').submit(), 1)`).catch(() => {});
			for (let at = ''; !at.endsWith('/admin/');) {
				at = await fox.ask('location.pathname').catch(() => '');
				await new Promise((resolve) => { setTimeout(resolve, 100); });
			}
		});
		after(() => fox?.stop());

		for (const width of WIDTHS)
			test(`all pages at ${width} px`, async () => {
				await fox.size(width, 900);
				const found = [];
				for (const link of pages) {
					await fox.goto(`${gw.base}/admin${link}`);
					// Wider than the window; text that is cut by its own box; a word beyond the window that no window of a table scrolls to.
					for (const fault of await fox.ask(`[
						...(document.documentElement.scrollWidth > document.documentElement.clientWidth ? ['the page is wider than the window'] : []),
						...[...document.querySelectorAll('button, .badge, h1, h2, dd, nav a, label, summary')].filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0
							&& getComputedStyle(one).overflowX === 'hidden' && getComputedStyle(one).textOverflow !== 'ellipsis').map((one) => 'cut: ' + one.outerHTML.slice(0, 120)),
						...[...document.querySelectorAll('main *')].filter((one) => one.checkVisibility() && !one.closest('.table, .plot, svg, pre, .hidden, .skip') && one.getBoundingClientRect().right > innerWidth + 1)
							.map((one) => 'beyond the window: ' + one.outerHTML.slice(0, 120)),
						...(window.hacked === undefined ? [] : ['a planted script ran']) ]`)) found.push(`${link}: ${fault}`);
					if (width === 900) {
						await fox.ask(`(() => { ${axe.source}; })()`);
						for (const one of await fox.ask(`globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] }).then((all) => all.violations.map((one) => one.id + ': ' + one.nodes[0].html.slice(0, 200)))`))
							found.push(`${link}: ${one}`);
					}
					if (SHOTS) await fox.picture(path.join(SHOTS, `firefox-${picture(link)}-${width}-${dark ? 'dark' : 'light'}.png`));
				}
				assert.deepEqual(found, []);
			});
	});
