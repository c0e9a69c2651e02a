// A log of two weeks in the panel: the questions that a team lead and an operator have.
import assert from 'node:assert/strict';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { faults, open, picture, SHOTS, signIn, WIDTHS } from './lib/browser.mjs';
import { busyLog, MODELS } from './lib/busy_log.mjs';
import { makeAdmin } from './lib/panel.mjs';
import { deployment, settings } from './lib/settings.mjs';
import { gateway, upstream } from './lib/story.mjs';

let up;

before(async () => { up = await upstream(); });

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
