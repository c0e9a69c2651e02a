// The panel in Debian's Chromium: every page at three widths, light and dark, with and without JavaScript; axe finds no violation,
// the console says nothing, nothing is loaded from elsewhere, and nothing planted runs.
//
//	SHOTS=folder     keep a picture of every page
import assert from 'node:assert/strict';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { faults, open, picture, SHOTS, signIn, stage, WIDTHS } from './lib/browser.mjs';
import { chat } from './lib/client.mjs';
import { PASSWORD } from './lib/panel.mjs';
import { upstream } from './lib/story.mjs';

let up;

before(async () => { up = await upstream(); });

// Every page and every action, through a FastCGI server and as a CGI.
for (const front of ['fastcgi', 'cgi']) describe(front, { concurrency: 2 }, () => {
	let gw, pages;
	before(async () => { ({ gw, pages } = await stage(up, front)); });

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
