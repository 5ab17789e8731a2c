// Writing: the counter, the draft that outlives everything, one tweet for one wish.

import assert from 'node:assert/strict';
import { PASSWORD } from './support/api.mjs';
import { firstText } from './support/journey.mjs';
import { firstTimes } from './support/proxy.mjs';
import { limitTexts } from './support/texts.mjs';
import { eventually, webTests } from './support/web.mjs';

/** @typedef {import('./support/web.mjs').Page} Page */

const webTest = webTests();
const TEXT = 'Twelve loaves, two of them burnt.';
const TWEETS = /\/api\/users\/\w+\/tweets$/;

/** @param {Page} page */
async function openDialog(page) {
  await page.locator('#write-button').click();
  await page.locator('#compose[open]').waitFor();
}

/** @param {Page} page */
async function typeDraft(page) {
  await openDialog(page);
  await page.locator('#content').fill(TEXT);
}

/** @param {Page} page */
async function assertDraft(page) {
  await openDialog(page);
  assert.equal(await page.locator('#content').inputValue(), TEXT);
}

const isOpen = (/** @type {Page} */ page) =>
  page.locator('#compose').evaluate((dialog) => /** @type {HTMLDialogElement} */ (dialog).open);

webTest('counter and server agree on 30 texts at 139, 140 and 141', async (visit) => {
  const writer = await visit.api.join();
  const page = await visit.page(writer);
  await page.goto('/');
  await openDialog(page);
  const field = page.locator('#content');
  for (const { name, at } of limitTexts()) {
    for (const length of [139, 140, 141]) {
      await field.fill(at(length));
      const left = length > 140 ? '1 too many' : `${140 - length} left`;
      assert.equal(await page.locator('#left').innerText(), left, `${name} at ${length}`);
      const body = JSON.stringify({ content: await field.inputValue() });
      const answer = await fetch(`${visit.server.url}/api/users/${writer.username}/tweets`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${writer.token}`, 'Content-Type': 'application/json' },
        body,
      });
      assert.equal(answer.status, length > 140 ? 422 : 201, `${name} at ${length}`);
    }
  }
});

webTest('the last 20 and what is too many are shown, and spoken once', async (visit) => {
  const page = await visit.page(await visit.api.join());
  await page.goto('/');
  await openDialog(page);
  const field = page.locator('#content');
  const left = page.locator('#left');
  const spoken = page.locator('#spoken');
  const post = page.getByRole('button', { name: 'Post' });
  await field.fill('a'.repeat(119));
  assert.equal(await left.innerText(), '');
  await field.press('End');
  await field.press('a');
  assert.equal(await left.innerText(), '20 left');
  assert.equal(await spoken.innerText(), '20 left');
  await field.press('a');
  assert.equal(await left.innerText(), '19 left');
  assert.equal(await spoken.innerText(), '20 left');
  await field.fill('a'.repeat(141));
  assert.equal(await spoken.innerText(), '1 too many');
  assert.equal(await post.getAttribute('aria-disabled'), 'true');
  // It only says that it is disabled: a press tells why.
  await post.click({ force: true });
  assert.match(await page.locator('#content-fault').innerText(), /1 too many/);
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'content');
});

webTest('a draft survives Escape, a press outside, reload, Back and rotation', async (visit) => {
  const writer = await visit.api.join();
  const page = await visit.page(writer);
  await page.goto('/');
  await typeDraft(page);
  await page.keyboard.press('Escape');
  assert.equal(await isOpen(page), false);
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'write-button');
  await assertDraft(page);
  await page.mouse.click(5, 760);
  assert.equal(await isOpen(page), false);
  await assertDraft(page);
  await page.reload();
  await assertDraft(page);
  await page.goto(`/@${writer.username}`);
  await page.evaluate(() => {
    setTimeout(() => history.back());
  });
  await eventually(() => new URL(page.url()).pathname, '/');
  await page.setViewportSize({ width: 768, height: 1024 });
  if (await isOpen(page)) await page.keyboard.press('Escape');
  await assertDraft(page);
});

webTest('a selection that ends outside closes nothing', async (visit) => {
  const page = await visit.page(await visit.api.join());
  await page.goto('/');
  await typeDraft(page);
  const box = await page.locator('#content').boundingBox();
  assert.ok(box);
  await page.mouse.move(box.x + 20, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(5, 760);
  await page.mouse.up();
  assert.equal(await isOpen(page), true);
});

webTest('a draft survives the end of the session, and is there after signing in', async (visit) => {
  visit.expect(/status of 401/);
  const writer = await visit.api.join();
  const page = await visit.page(writer);
  await page.goto(`/@${writer.username}`);
  await typeDraft(page);
  await visit.api.call('DELETE', '/api/sessions', { token: writer.token });
  await page.getByRole('button', { name: 'Post' }).click();
  await page.locator('#content-fault a').click();
  await page.waitForURL('**/login?next=*');
  await page.locator('#username').fill(writer.username);
  await page.locator('#password').fill(PASSWORD);
  await page.locator('main .button.main').click();
  await page.waitForURL(`**/@${writer.username}`);
  await eventually(() => isOpen(page), true);
  assert.equal(await page.locator('#content').inputValue(), TEXT);
  await page.getByRole('button', { name: 'Post' }).click();
  await eventually(() => firstText(page), TEXT);
});

webTest('signing out by hand takes the draft away', async (visit) => {
  const writer = await visit.api.join();
  const page = await visit.page(writer);
  await page.goto('/');
  await typeDraft(page);
  await page.keyboard.press('Escape');
  await page.locator('.me').click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('link', { name: 'Sign in' }).first().waitFor();
  const kept = await page.evaluate(() => Object.keys(localStorage));
  assert.deepEqual(
    kept.filter((name) => name.startsWith('draft')),
    [],
  );
});

webTest('offline, a text is kept, and posted once when the network is back', async (visit) => {
  visit.expect(/net::ERR/);
  const writer = await visit.api.join();
  const page = await visit.page(writer);
  await page.goto('/');
  await typeDraft(page);
  await page.context().setOffline(true);
  await page.locator('#strip').waitFor();
  assert.match(await page.locator('#strip').innerText(), /offline/);
  await page.getByRole('button', { name: 'Post' }).click();
  await page.context().setOffline(false);
  await eventually(() => firstText(page).catch(() => ''), TEXT, 10_000);
  assert.equal(await page.locator('#strip').isVisible(), false);
  assert.deepEqual(await visit.api.texts(writer), [TEXT]);
});

webTest('an answer lost after the commit makes one tweet', async (visit) => {
  visit.expect(/net::ERR/);
  const writer = await visit.api.join();
  const proxy = await visit.proxy();
  proxy.fault = firstTimes(2, 'lose', TWEETS);
  const page = await visit.page(writer, { url: proxy.url });
  await page.goto('/');
  await typeDraft(page);
  await page.getByRole('button', { name: 'Post' }).click();
  await eventually(() => firstText(page).catch(() => ''), TEXT);
  assert.equal(proxy.count('POST', TWEETS), 3);
  assert.deepEqual(await visit.api.texts(writer), [TEXT]);
});

webTest('an answer lost, the page loaded again and posted once more: one tweet', async (visit) => {
  visit.expect(/net::ERR/);
  const writer = await visit.api.join();
  const proxy = await visit.proxy();
  const page = await visit.page(writer, { url: proxy.url });
  await page.goto('/');
  await typeDraft(page);
  proxy.fault = (method) => (method === 'POST' ? 'lose' : undefined);
  await page.getByRole('button', { name: 'Post' }).click();
  await eventually(() => proxy.count('POST', TWEETS), 1);
  await page.reload();
  proxy.fault = () => undefined;
  await assertDraft(page);
  await page.getByRole('button', { name: 'Post' }).click();
  await eventually(async () => (await isOpen(page)) === false, true);
  assert.deepEqual(await visit.api.texts(writer), [TEXT]);
});

webTest('ten presses of Post make one tweet; nothing is disabled meanwhile', async (visit) => {
  const writer = await visit.api.join();
  const proxy = await visit.proxy();
  proxy.fault = (method) => (method === 'POST' ? { delay: 300 } : undefined);
  const page = await visit.page(writer, { url: proxy.url });
  await page.goto('/');
  await typeDraft(page);
  const post = page.getByRole('button', { name: 'Post' });
  const disabled = await post.evaluate((button) => {
    let most = 0;
    for (let press = 0; press < 10; press += 1) {
      /** @type {HTMLElement} */ (button).click();
      most = Math.max(most, document.querySelectorAll(':disabled').length);
    }
    return most;
  });
  assert.equal(disabled, 0);
  await eventually(() => firstText(page).catch(() => ''), TEXT);
  assert.equal(proxy.count('POST', TWEETS), 1);
  assert.equal(
    await page.evaluate(() => document.activeElement?.querySelector('.text')?.textContent),
    TEXT,
  );
});

webTest('an edit makes another tweet, the same text once more too', async (visit) => {
  const writer = await visit.api.join();
  const page = await visit.page(writer);
  await page.goto('/');
  for (let time = 1; time <= 2; time += 1) {
    await typeDraft(page);
    await page.keyboard.press('Control+Enter');
    await eventually(() => page.locator('#list > li').count(), time);
  }
  assert.deepEqual(await visit.api.texts(writer), [TEXT, TEXT]);
});

webTest('Enter while composing posts nothing', async (visit) => {
  const writer = await visit.api.join();
  const proxy = await visit.proxy();
  const page = await visit.page(writer, { url: proxy.url });
  await page.goto('/');
  await openDialog(page);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Input.imeSetComposition', {
    text: 'にほん',
    selectionStart: 3,
    selectionEnd: 3,
  });
  await page.locator('#content').evaluate((field) => {
    for (const ctrlKey of [false, true]) {
      const options = { key: 'Enter', ctrlKey, isComposing: true, bubbles: true, cancelable: true };
      field.dispatchEvent(new KeyboardEvent('keydown', options));
    }
  });
  await page.keyboard.press('Enter');
  await devtools.send('Input.insertText', { text: '日本' });
  assert.equal(await isOpen(page), true);
  assert.equal(proxy.count('POST', TWEETS), 0);
  await page.keyboard.press('Control+Enter');
  await eventually(() => proxy.count('POST', TWEETS), 1);
});

webTest('elsewhere, a message leads to the tweet and has the focus', async (visit) => {
  const writer = await visit.api.join();
  const page = await visit.page(writer);
  await page.goto('/people');
  await typeDraft(page);
  await page.keyboard.press('Control+Enter');
  const button = page.getByRole('button', { name: 'See it' });
  await button.waitFor();
  assert.equal(await button.evaluate((element) => element === document.activeElement), true);
  await page.keyboard.press('Enter');
  await eventually(
    () =>
      page
        .locator('.single .text')
        .innerText()
        .catch(() => ''),
    TEXT,
  );
});
