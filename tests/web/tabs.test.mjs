// Two browsers, two tabs, and what happens behind a page.

import assert from 'node:assert/strict';
import { eventually, webTests } from './support/web.mjs';

/** @typedef {import('./support/web.mjs').Page} Page */

const webTest = webTests();

/**
 * Two neighbours who follow each other, each with a page of their own.
 * @param {import('./support/web.mjs').Visit} visit
 */
async function neighbours(visit) {
  const ada = await visit.api.join();
  const ben = await visit.api.join();
  await visit.api.follow(ben, ada);
  const adas = await visit.page(ada);
  const bens = await visit.page(ben);
  await bens.clock.install();
  return { ada, ben, adas, bens };
}

/** Turns a page's clock on by a minute. @param {Page} page */
const aMinute = (page) => page.clock.fastForward(61_000);

webTest(
  'A writes: the button of B says so, scrolls up, shows it and has the focus',
  async (visit) => {
    const { ada, adas, bens } = await neighbours(visit);
    await visit.api.tweets(ada, 30);
    await bens.goto('/');
    await bens.evaluate(() => scrollTo(0, 900));
    const first = bens.locator('#list > li').nth(8);
    const top = await first.evaluate((row) => row.getBoundingClientRect().top);
    await adas.goto('/');
    await adas.locator('#write-button').click();
    await adas.locator('#content').fill('Fresh from A');
    await adas.keyboard.press('Control+Enter');
    await adas.locator('#list .text', { hasText: 'Fresh from A' }).waitFor();
    await aMinute(bens);
    const pill = bens.getByRole('button', { name: '1 new tweet', exact: true });
    await pill.waitFor();
    assert.equal(await bens.title(), '(1) Home - Warble');
    assert.equal(await bens.locator('#spoken').innerText(), '1 new tweet');
    assert.equal(await first.evaluate((row) => row.getBoundingClientRect().top), top);
    assert.equal(await bens.locator('#list .text', { hasText: 'Fresh from A' }).count(), 0);
    await pill.click();
    await eventually(() => bens.locator('#list .text').first().innerText(), 'Fresh from A');
    assert.equal(await bens.evaluate(() => scrollY), 0);
    const focused = () =>
      bens.evaluate(() => document.activeElement?.querySelector('.text')?.textContent);
    assert.equal(await focused(), 'Fresh from A');
    assert.equal(await bens.title(), 'Home - Warble');
    assert.equal(await pill.isVisible(), false);
  },
);

webTest('from 20 new tweets on the page is loaded anew', async (visit) => {
  const { ada, bens } = await neighbours(visit);
  await visit.api.tweets(ada, 3);
  await bens.goto('/');
  await visit.api.tweets(ada, 25);
  await aMinute(bens);
  await bens.getByRole('button', { name: '20 or more new tweets' }).click();
  await eventually(
    () =>
      bens
        .locator('#list .text')
        .first()
        .innerText()
        .catch(() => ''),
    `Tweet number 25 of ${ada.username}`,
  );
  assert.equal(await bens.locator('#pill').isVisible(), false);
});

webTest('a hidden tab asks for nothing', async (visit) => {
  const { ada, bens } = await neighbours(visit);
  await bens.goto('/');
  let asked = 0;
  bens.on('request', (request) => {
    if (request.url().includes('part=')) asked += 1;
  });
  await bens.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'hidden' });
  });
  await visit.api.tweets(ada, 1);
  for (let minute = 0; minute < 5; minute += 1) await aMinute(bens);
  assert.equal(asked, 0);
  await bens.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', {
      configurable: true,
      get: () => 'visible',
    });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await bens.getByRole('button', { name: '1 new tweet', exact: true }).waitFor();
});

webTest('A deletes what B looks at: B is told when they press its star', async (visit) => {
  visit.expect(/status of 404/);
  const { ada, adas, bens } = await neighbours(visit);
  const [id] = await visit.api.tweets(ada, 1);
  await bens.goto(`/@${ada.username}/${id}`);
  await adas.goto(`/@${ada.username}`);
  await adas.locator('[data-delete]').click();
  await adas.getByRole('button', { name: 'Delete', exact: true }).click();
  await eventually(() => adas.locator('#list > li').count(), 0);
  await bens.locator('.single .star').click();
  await bens.locator('.toast').waitFor();
  assert.equal(await bens.locator('.single .star').getAttribute('aria-pressed'), 'false');
  const answer = await bens.reload();
  assert.equal(answer?.status(), 404);
});

webTest('both favorite the same tweet', async (visit) => {
  const { ada, adas, bens } = await neighbours(visit);
  const [id = ''] = await visit.api.tweets(ada, 1);
  for (const page of [adas, bens]) await page.goto(`/@${ada.username}/${id}`);
  for (const page of [adas, bens]) await page.locator('.single .star').click();
  await eventually(async () => (await visit.api.readTweet(ada, id)).favorites_count, 2);
  await adas.reload();
  assert.equal(await adas.locator('.single .star .n').innerText(), '2');
});

webTest('A signs out in one tab, the other one says so', async (visit) => {
  const { adas } = await neighbours(visit);
  await adas.goto('/');
  const other = await adas.context().newPage();
  await other.goto('/people');
  await other.locator('.me').click();
  await other.getByRole('button', { name: 'Sign out' }).click();
  await eventually(async () => /signed out/.test(await adas.locator('#strip').innerText()), true);
  await adas.locator('#strip a').click();
  await adas.getByRole('link', { name: 'Join' }).first().waitFor();
});

webTest(
  'deleting moves the focus to the next tweet, and to the heading at the end',
  async (visit) => {
    const ada = await visit.api.join();
    await visit.api.tweets(ada, 2);
    const page = await visit.page(ada);
    await page.goto(`/@${ada.username}`);
    const remove = async () => {
      await page.locator('[data-delete]').first().click();
      const cancel = page.getByRole('button', { name: 'Cancel' });
      assert.equal(await cancel.evaluate((button) => button === document.activeElement), true);
      await page.getByRole('button', { name: 'Delete', exact: true }).click();
    };
    await page.locator('[data-delete]').first().click();
    await page.keyboard.press('Enter');
    assert.equal(
      await page.evaluate(() => document.activeElement?.hasAttribute('data-delete')),
      true,
    );
    await remove();
    await eventually(() => page.locator('#list > li').count(), 1);
    await eventually(() => page.evaluate(() => document.activeElement?.className), 'when');
    await remove();
    await eventually(() => page.locator('#list > li').count(), 0);
    await eventually(() => page.evaluate(() => document.activeElement?.id), 'list-title');
    assert.equal(await page.locator('[data-count=tweets]').innerText(), '0');
  },
);

webTest('people are found while typing, by keyboard too', async (visit) => {
  const { ada, adas } = await neighbours(visit);
  await adas.goto('/');
  const field = adas.locator('#who');
  await field.fill(ada.username.slice(0, -1));
  const options = adas.getByRole('option');
  await options.filter({ hasText: ada.username }).waitFor();
  assert.equal(await field.getAttribute('aria-expanded'), 'true');
  await field.press('ArrowUp');
  await field.press('ArrowDown');
  assert.equal(await options.first().getAttribute('aria-selected'), 'true');
  await field.press('Escape');
  assert.equal(await options.count(), 0);
  await field.pressSequentially(ada.username.slice(-1));
  await options.first().waitFor();
  await field.press('ArrowDown');
  await field.press('Enter');
  await adas.waitForURL(`**/@${ada.username}`);
});
