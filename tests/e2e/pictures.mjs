// The pictures of the panel in README.md and docs/panel.md, made anew:
//
//	SIDEWAYS=build/sideways node tests/e2e/pictures.mjs
//
// No test: the figures are those of the day of the run.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { busyLog, MODELS } from './lib/busy_log.mjs';
import { makeAdmin, PASSWORD } from './lib/panel.mjs';
import { startGateway } from './lib/sandbox.mjs';
import { deployment, settings } from './lib/settings.mjs';

const DOCS = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../docs');
const PICTURES = [['overview', '/', 1010], ['requests', '/requests?team=research', 1010], ['models', '/models', 860], ['usage', '/usage?by=model&key=intern&measure=tokens', 1010]];

const gw = await startGateway({ settings: settings(Object.entries(MODELS).map(([group, [, , tier]]) => deployment(group, 'http://127.0.0.1:9', { tier })),
	{ router: { fallbacks: [{ smart: ['best', 'other'] }, { fast: ['cheap'] }] } }) });
makeAdmin(gw, 'ada');
busyLog(gw.db);
const alert = (rule, level, words, minutes) => gw.sql(`INSERT INTO alert (rule, subject, severity, words, began_ms, seen_ms, ended_ms) VALUES ('${rule}', 'smart', '${level}', '${words}', ${Date.now() - minutes * 60000}, ${Date.now() + 1e9}, NULL)`);
await alert('fallback_rate', 'critical', '9 of 61 requests of the last 5 minutes left their model group (15 %)', 18);
await alert('cooldown', 'warning', 'smart is left alone after failures (overloaded); it is tried again in 40 s', 24);
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
const page = await (await browser.newContext()).newPage();
await page.goto(`${gw.base}/admin/sign-in`);
await page.fill('[name=name]', 'ada');
await page.fill('[name=password]', PASSWORD);
await page.click('main button');
for (const [name, link, height] of PICTURES) {
	await page.setViewportSize({ width: 1180, height });
	await page.goto(`${gw.base}/admin${link}`);
	await page.screenshot({ path: path.join(DOCS, `panel-${name}.png`) });
}
await browser.close();
await gw.stop();
await gw.remove();
