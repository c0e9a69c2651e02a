// The way from a browser to the gateway, measured by the panel: what a web server between them spoils is found and named.
import assert from 'node:assert/strict';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { faults, open, SHOTS, signIn } from './lib/browser.mjs';
import { makeAdmin, PASSWORD } from './lib/panel.mjs';
import { MASTER_KEY } from './lib/sandbox.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { gateway, upstream } from './lib/story.mjs';

let up;

before(async () => { up = await upstream(); });

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
