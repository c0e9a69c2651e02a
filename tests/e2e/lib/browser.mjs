// The panel's stage, and its pages in Debian's Chromium: what the files panel_*.test.mjs share.
import fs from 'node:fs';
import { after } from 'node:test';
import axe from 'axe-core';
import { chromium } from 'playwright-core';
import { chat } from './client.mjs';
import { makeAdmin, PASSWORD } from './panel.mjs';
import { deployment, settings } from './settings.mjs';
import { gateway } from './story.mjs';
import { play } from './upstream.mjs';

export const { SHOTS } = process.env;
export const WIDTHS = [390, 900, 1440];
if (SHOTS) fs.mkdirSync(SHOTS, { recursive: true });
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((file) => fs.existsSync(file));
const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';
let browser; // the promise of one: tests that begin at once share it

// A gateway with keys, teams, requests and foreign text everywhere; `pages` are all of its pages.
export async function stage(up, front) {
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
after(async () => (await browser)?.close());

export async function open({ width = 1440, scheme = 'light', script = true, at }) {
	browser ??= chromium.launch({ executablePath: CHROMIUM, args: ARGS });
	const context = await (await browser).newContext({ viewport: { width, height: 900 }, colorScheme: scheme, javaScriptEnabled: script });
	const page = await context.newPage();
	page.trouble = [];
	// "verbose" is Chromium's advice to password managers: the form that sets another one's password has two.
	page.on('console', (message) => { if (message.type() !== 'verbose') page.trouble.push(`console ${message.type()}: ${message.text()}`); });
	page.on('pageerror', (error) => page.trouble.push(`error: ${error.message}`));
	page.on('request', (request) => { if (!request.url().startsWith(at.url)) page.trouble.push(`elsewhere: ${request.url()}`); });
	return { page, close: () => context.close() };
}

export async function signIn(page, name, at) {
	await page.goto(`${at.base}/admin/sign-in`);
	await page.fill('[name=name]', name);
	await page.fill('[name=password]', PASSWORD);
	await page.click('main button');
	await page.waitForURL(`${at.base}/admin/`);
}

// What is not sound: axe's rules for WCAG 2 A and AA and its own best practice, a page wider than the window, a script that ran.
export async function faults(page, where) {
	await page.evaluate(axe.source);
	const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] }));
	const found = violations.map((one) => `${where}: ${one.id}: ${one.nodes.map((node) => node.html).slice(0, 3).join(' ').slice(0, 300)}`);
	const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
	if (over > 0) found.push(`${where} is ${over} px wider than the window`);
	if (await page.evaluate(() => window.hacked) !== undefined) found.push(`${where}: a planted script ran`);
	return found;
}

export const picture = (link) => link.replace(/key-[0-9a-z]+/, 'one').replace(/^\/requests\/.*/, 'request').replace(/\?.*/, '').replace(/[^a-z_]+/g, '-').replace(/^-|-$/g, '') || 'overview';
