// Everything that people do here, with script and without.

import assert from 'node:assert/strict';
import { newName, PASSWORD } from './support/api.mjs';
import { pointer } from './support/hands.mjs';
import * as journey from './support/journey.mjs';
import { eventually, webTests } from './support/web.mjs';

const OTHER_PASSWORD = 'another lantern';
const webTest = webTests();

/**
 * @param {import('./support/web.mjs').Visit} visit
 * @param {boolean} script
 * @returns {Promise<import('./support/journey.mjs').Traveller>}
 */
async function traveller(visit, script) {
  const page = await visit.page(undefined, { javaScriptEnabled: script });
  return { page, hand: pointer, script, name: newName('mira') };
}

for (const script of [true, false]) {
  const how = script ? 'with script' : 'without script';

  webTest(`${how}: join, sign out, sign in, write, find, follow, favorite`, async (visit) => {
    const author = await visit.api.join({ username: newName('maya') });
    await visit.api.tweets(author, 3);
    const mira = await traveller(visit, script);
    await journey.join(mira);
    await journey.signOut(mira);
    await journey.signIn(mira);
    await journey.write(mira, 'Good morning, early birds.\nThe oven is warm.');
    await journey.find(mira, author.username);
    await journey.followAndFavorite(mira);
    await mira.page.goto('/');
    await eventually(() => mira.page.locator('#list > li').count(), 4);
    assert.equal(await mira.page.locator('.star[aria-pressed=true]').count(), 1);
    await mira.page.goto(`/@${mira.name}/followees`);
    assert.equal(await mira.page.locator('#list > li .follow.is-on').count(), 1);
  });

  webTest(`${how}: a list of 200 tweets is read to its end, nothing twice`, async (visit) => {
    const author = await visit.api.join();
    const ids = await visit.api.tweets(author, 200);
    for (const id of ids.slice(0, 45)) await visit.api.favorite(author, author, id);
    const reader = await visit.api.join();
    await visit.api.follow(reader, author);
    const page = await visit.page(reader, { javaScriptEnabled: script });
    const mira = { page, hand: pointer, script, name: reader.username };
    for (const path of ['/', `/@${author.username}`, `/@${author.username}/activity`]) {
      await page.goto(path);
      const texts = await journey.readToEnd(mira);
      assert.equal(texts.filter((text) => text.startsWith('Tweet number')).length, 200, path);
      assert.equal(new Set(texts).size, 201, path);
    }
    await page.goto(`/@${author.username}/favorites`);
    assert.equal((await journey.readToEnd(mira)).length, 90);
    await page.goto(`/@${author.username}`);
    await page.getByRole('link', { name: 'Favorited at least once' }).click();
    await page.waitForURL('**/*favorited=true');
    assert.equal((await journey.readToEnd(mira)).length, 90);
  });

  webTest(`${how}: lists of people are read to their end`, async (visit) => {
    const author = await visit.api.join();
    const [id] = await visit.api.tweets(author, 1);
    for (let number = 0; number < 25; number += 1) {
      const other = await visit.api.join();
      await visit.api.follow(other, author);
      await visit.api.follow(author, other);
      await visit.api.favorite(other, author, id ?? '');
    }
    const page = await visit.page(author, { javaScriptEnabled: script });
    const mira = { page, hand: pointer, script, name: author.username };
    for (const path of ['/followers', '/followees', `/${id}`]) {
      await page.goto(`/@${author.username}${path}`);
      assert.equal(new Set(await journey.readToEnd(mira)).size, 25, path);
    }
  });

  webTest(`${how}: tweets by date`, async (visit) => {
    const author = await visit.api.join();
    await visit.api.tweets(author, 2);
    const page = await visit.page(author, { javaScriptEnabled: script });
    await page.goto(`/@${author.username}`);
    await page.getByRole('link', { name: 'By date' }).click();
    const day = (/** @type {number} */ days) =>
      new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
    await page.locator('#since').fill(day(-1));
    await page.locator('#until').fill(day(1));
    await page.getByRole('button', { name: 'Show' }).click();
    await eventually(() => page.locator('#list > li').count(), 2);
    await page.locator('#since').fill(day(-9));
    await page.locator('#until').fill(day(-7));
    await page.getByRole('button', { name: 'Show' }).click();
    await eventually(() => page.locator('#list > li').count(), 0);
    assert.ok(await page.locator('#empty').isVisible());
  });

  webTest(`${how}: profile, password, deleting, signing out everywhere, leaving`, async (visit) => {
    visit.expect(/status of 40[14]/);
    const reader = await visit.api.join();
    await visit.api.tweets(reader, 2);
    const page = await visit.page(reader, { javaScriptEnabled: script });
    const mira = { page, hand: pointer, script, name: reader.username };
    await journey.editProfile(mira);
    await journey.changePassword(mira, OTHER_PASSWORD);
    await journey.deleteNewest(mira);
    const token = await visit.api.signIn(mira.name, OTHER_PASSWORD);
    const other = await visit.page({ username: mira.name, token });
    await other.goto('/');
    assert.equal(await journey.heading(other), 'Home');
    await journey.signOutEverywhere(mira);
    await eventually(
      async () => {
        await other.goto('/');
        return other.locator('[data-ended]').count();
      },
      1,
      2000,
    );
    await journey.signIn(mira, OTHER_PASSWORD);
    await journey.deleteAccount(mira, OTHER_PASSWORD);
    const stranger = await visit.page(await visit.api.join());
    const answer = await stranger.goto(`/@${mira.name}`);
    assert.equal(answer?.status(), 404);
  });

  webTest(`${how}: joining twice by a double click, and a refused form`, async (visit) => {
    visit.expect(/status of (409|422)/);
    const mira = await traveller(visit, script);
    const { page, name } = mira;
    await page.goto('/join');
    await page.locator('#username').fill(name);
    await page.locator('#password').fill(PASSWORD);
    await page.locator('main .button.main').dblclick();
    await eventually(() => journey.heading(page), 'Home');
    await page.context().clearCookies();
    await page.goto('/join');
    await page.locator('#username').fill(name);
    await page.locator('#first_name').fill('Somebody else');
    await page.locator('#password').fill('not the password');
    await page.locator('main .button.main').click();
    const fault = page.locator('#username-fault');
    await fault.waitFor();
    assert.match(await fault.innerText(), /taken/);
    assert.equal(await page.locator('#first_name').inputValue(), 'Somebody else');
    assert.equal(await page.locator('#password').inputValue(), '');
    await eventually(() => page.evaluate(() => document.activeElement?.id), 'username');
  });
}
